import type { ExitCode } from '@seren-replicator/job-models';
import type { CliDeps } from './cli-deps.ts';
import type { CommandDefinition, CommandGroup } from './command-definition.ts';
import type { Settings } from './options/settings.ts';
import { parseCommandLine, type CommandLine } from './command-line/parse-command-line.ts';

export type Commands = readonly (CommandDefinition | CommandGroup)[];

const FALLBACK_COLUMNS = 80;

/**
 * Runs what the arguments ask for and says how it ended. All but the reading of arguments is loaded when it is needed:
 * `--help` and `--version` must come at once.
 */
export async function runCli(deps: CliDeps, commands: Commands, args: readonly string[]): Promise<ExitCode> {
  const columns = deps.stdout.columns ?? FALLBACK_COLUMNS;
  const line = await parseCommandLine({ args, commands, version: deps.version, columns });
  if (line.kind === 'text') {
    deps.stdout.write(line.text);
    return 0;
  }
  // Until the settings are known: a script that wants JSON wants to read of unknown options, too.
  let settings: Settings = { json: args.includes('--json') };
  try {
    settings = await settle(deps, line);
    return await run(deps, line, settings);
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    return reportError(deps, settings, error);
  }
}

type Runnable = Exclude<CommandLine, { kind: 'text' }>;

async function settle(deps: CliDeps, line: Runnable): Promise<Settings> {
  if (line.kind === 'refused') {
    const { ReplicatorError } = await import('@seren-replicator/job-models');
    throw new ReplicatorError('invalid_request', line.message);
  }
  const { resolveSettings } = await import('./options/resolve-settings.ts');
  return resolveSettings(deps, { options: line.command.options, given: line.options });
}

async function run(deps: CliDeps, line: Runnable, settings: Settings): Promise<ExitCode> {
  if (line.kind === 'refused') return 2;
  const { Output } = await import('./output/output.ts');
  const context = { deps, settings, output: new Output(deps, settings), argument: line.argument };
  return line.command.run(context);
}
