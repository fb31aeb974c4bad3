import type { CliDeps } from '../cli-deps.ts';
import { mergeLayers } from './merge-layers.ts';
import type { OptionName } from './option-definitions.ts';
import { readEnvironment, readFlags } from './option-sources.ts';
import { readConfigFile } from './read-config-file.ts';
import type { Settings } from './settings.ts';

export interface SettingsInput {
  /** The options that the command takes. */
  options: readonly OptionName[];
  /** Those that it was given. */
  given: ReadonlyMap<OptionName, readonly (string | boolean)[]>;
}

/** What the user asked for: flag, then environment, then configuration file. */
export async function resolveSettings(deps: CliDeps, { options, given }: SettingsInput): Promise<Settings> {
  const { env, homeDirectory } = deps;
  const layers = [readEnvironment(options, env), readFlags(given)];
  const { config: path } = mergeLayers(layers);
  const file = await readConfigFile({ path, env, homeDirectory });
  const known = new Map([...file.values].filter(([name]) => options.includes(name)));
  return mergeLayers([{ ...file, values: known }, ...layers]);
}
