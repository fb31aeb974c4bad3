import type { CliDeps } from '../cli-deps.ts';
import { mergeLayers } from './merge-layers.ts';
import type { OptionName } from './option-definitions.ts';
import { readEnvironment, readFlags } from './option-sources.ts';
import { readConfigFile } from './read-config-file.ts';
import type { Settings } from './settings.ts';

export interface SettingsInput {
  /** The options that the command takes. */
  options: readonly OptionName[];
  flags: Readonly<Record<string, unknown>>;
}

/** What the user asked for: flag, then environment, then configuration file. */
export async function resolveSettings(deps: CliDeps, { options, flags }: SettingsInput): Promise<Settings> {
  const { env, homeDirectory } = deps;
  const given = [readEnvironment(options, env), readFlags(options, flags)];
  const { config: path } = mergeLayers(given);
  const file = await readConfigFile({ path, env, homeDirectory });
  const known = new Map([...file.values].filter(([name]) => options.includes(name)));
  return mergeLayers([{ ...file, values: known }, ...given]);
}
