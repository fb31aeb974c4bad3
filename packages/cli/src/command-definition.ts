import type { ExitCode } from '@seren-replicator/job-models';
import type { CliDeps } from './cli-deps.ts';
import type { OptionName } from './options/option-definitions.ts';
import type { Settings } from './options/settings.ts';
import type { Output } from './output/output.ts';

/** A command as the entry point lists it: data, and a function that loads what does the work. */
export interface CommandDefinition {
  readonly name: string;
  readonly describe: string;
  /** The one argument that it takes besides options. */
  readonly argument?: { readonly name: string; readonly describe: string };
  readonly options: readonly OptionName[];
  /** Together they show every option. */
  readonly examples: readonly Example[];
  readonly run: (context: CommandContext) => Promise<ExitCode>;
}

/** What follows the command's name, as a shell takes it, and what that does. */
export type Example = readonly [options: string, meaning: string];

/** Commands under a common name, as `jobs list`. */
export interface CommandGroup {
  readonly name: string;
  readonly describe: string;
  readonly commands: readonly CommandDefinition[];
}

export interface CommandContext {
  readonly deps: CliDeps;
  readonly settings: Settings;
  readonly output: Output;
  /** Empty for a command that takes none. */
  readonly argument: string;
}
