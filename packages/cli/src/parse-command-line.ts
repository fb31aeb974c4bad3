/**
 * Turns arguments into a command and its flags. yargs knows the commands and writes the help; it runs nothing, prints
 * nothing and reads no environment here, so that the caller decides what happens.
 */
import yargs, { type Argv } from 'yargs';
import type { CommandDefinition, CommandGroup } from './command-definition.ts';
import { describeUsageError } from './describe-usage-error.ts';
import type { OptionDefinition, OptionName } from './options/option-definitions.ts';
import { definitionOf } from './options/option-sources.ts';

export type CommandLine =
  | { kind: 'text'; text: string }
  | { kind: 'refused'; message: string }
  | { kind: 'command'; command: CommandDefinition; argument: string; flags: Record<string, unknown> };

export interface CommandLineInput {
  args: readonly string[];
  commands: readonly (CommandDefinition | CommandGroup)[];
  version: string;
  /** Of the terminal; help is laid out for it. */
  columns: number;
}

const PROGRAM = 'seren-replicator';
const WIDEST_HELP = 110;

export function parseCommandLine({ args, commands, version, columns }: CommandLineInput): CommandLine {
  let parsed: CommandLine | undefined;
  const select = (command: CommandDefinition, flags: Record<string, unknown>): void => {
    const argument = command.argument === undefined ? '' : String(flags[command.argument.name]);
    // yargs runs the command even after it found its arguments wrong.
    parsed ??= { kind: 'command', command, argument, flags };
  };
  // yargs hands over a message or, for what its parser throws, an error; the first one says most.
  const refuse = (message: string | null, error: Error | undefined): void => {
    parsed ??= { kind: 'refused', message: describeUsageError(message ?? error?.message ?? '', args) };
  };
  const parser = yargs()
    .scriptName(PROGRAM)
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'duplicate-arguments-array': false,
    })
    .usage('$0 <command> [options]')
    .demandCommand(1, 1, 'Name a command.')
    .recommendCommands()
    .strict()
    .exitProcess(false)
    .fail(refuse)
    .wrap(Math.min(WIDEST_HELP, columns))
    .help('help', 'Show what a command does and takes')
    .alias('help', 'h')
    .version('version', 'Show the version', version)
    .epilogue(`Run "${PROGRAM} <command> --help" for the options of a command.`);
  for (const command of commands) addCommand(parser, command, select);
  parser.parseSync([...args], {}, (_error, _flags, text) => {
    if (text !== '') parsed ??= { kind: 'text', text: `${text}\n` };
  });
  return parsed ?? { kind: 'refused', message: 'Name a command.' };
}

type Select = (command: CommandDefinition, flags: Record<string, unknown>) => void;

function addCommand(parser: Argv, command: CommandDefinition | CommandGroup, select: Select): void {
  if ('commands' in command) {
    parser.command(command.name, command.describe, (group) => {
      for (const member of command.commands) addCommand(group, member, select);
      return group.usage(`$0 ${command.name} <command> [options]`).demandCommand(1, 1, 'Name a command.');
    });
    return;
  }
  const { argument } = command;
  const words = argument === undefined ? command.name : `${command.name} <${argument.name}>`;
  parser.command(
    words,
    command.describe,
    (builder) => {
      if (argument !== undefined) {
        builder.positional(argument.name, { type: 'string', describe: argument.describe });
      }
      for (const name of command.options) addOption(builder, name);
      for (const [example, meaning] of command.examples) builder.example(example, meaning);
      return builder.epilogue(
        'Every option can also be set as SEREN_… variable or in the configuration file.',
      );
    },
    (flags) => select(command, flags),
  );
}

/** Without yargs' own defaults and choices: a default would hide the layers below the flags. */
function addOption(builder: Argv, name: OptionName): void {
  const { type, group, describe, defaultDescription }: OptionDefinition = definitionOf(name);
  builder.option(name, {
    type,
    group,
    describe: defaultDescription === undefined ? describe : `${describe} (default: ${defaultDescription})`,
    requiresArg: type !== 'boolean',
  });
}
