/**
 * Turns arguments into a command and its options, or into text to print: help, version, completion. yargs reads them,
 * from the table of options and the list of commands. Nothing is run here, nothing printed, and no environment read,
 * so that the caller decides what happens; and nothing is repeated that may be a URL, a key or a password.
 */
import yargs, { type Argv, type Options } from 'yargs';
import type { CommandDefinition, CommandGroup } from '../command-definition.ts';
import { optionGroups, optionNames, type OptionName } from '../options/option-definitions.ts';
import { definitionOf, flagOf } from '../options/option-sources.ts';
import { describeRefusal } from './describe-refusal.ts';
import { formatExamples } from './format-examples.ts';
import { readBooleanWords } from './read-boolean-words.ts';

export type CommandLine =
  | { kind: 'text'; text: string }
  | { kind: 'refused'; message: string }
  | {
      kind: 'command';
      command: CommandDefinition;
      argument: string;
      options: ReadonlyMap<OptionName, readonly (string | boolean)[]>;
    };

type Commands = readonly (CommandDefinition | CommandGroup)[];

export interface CommandLineInput {
  args: readonly string[];
  commands: Commands;
  version: string;
  /** Of the terminal; help is laid out for it. */
  columns: number;
}

const PROGRAM = 'seren-replicator';
/** Longer lines are hard to read, however wide the terminal is. */
const WIDEST = 110;
const COMPLETION = 'completion';

const NOTE = `NAMES have commas between them; options that take NAMES or a FILTER may be repeated.
Every option can also be set as SEREN_… variable or in the configuration file.`;

/** Values stay as they were written, and options are called what the table calls them. */
const parserSettings = {
  'boolean-negation': false,
  'camel-case-expansion': false,
  'dot-notation': false,
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'short-option-groups': false,
};

export async function parseCommandLine(input: CommandLineInput): Promise<CommandLine> {
  return new Parse(input).run();
}

/** What an option means before it is known whose it is. */
const usualOptions = optionNames.filter((name) => flagOf(name) === name);

/** One reading of arguments. yargs calls back as it finds its way; what it found last is what messages speak of. */
class Parse {
  readonly #input: CommandLineInput;
  readonly #args: readonly string[];
  /** Booleans, if the command takes them as such, that were given a word which is neither yes nor no. */
  readonly #unclear: readonly OptionName[];
  #names: readonly string[] = [];
  #options: readonly OptionName[] = [];
  #subcommands: readonly string[];
  #result: CommandLine | undefined;

  constructor(input: CommandLineInput) {
    const { args, unclear } = readBooleanWords(input.args);
    this.#input = input;
    this.#args = args;
    this.#unclear = unclear;
    this.#subcommands = input.commands.map(({ name }) => name);
  }

  async run(): Promise<CommandLine> {
    const parser = this.#withCommands(this.#createParser(), this.#input.commands, []).completion(
      COMPLETION,
      'Print what makes a shell (bash, zsh) complete commands and options',
    );
    let text = '';
    await parser.parseAsync([...this.#args], {}, (_error: unknown, _argv: unknown, output: string) => {
      text = output;
    });
    return this.#result ?? { kind: 'text', text: `${text.trimEnd()}\n` };
  }

  #refuse(message: string): CommandLine {
    const help = [PROGRAM, ...this.#names].join(' ');
    return (this.#result ??= { kind: 'refused', message: `${message} See: ${help} --help` });
  }

  #createParser(): Argv {
    return (
      withoutTypes(yargs().scriptName(PROGRAM))
        .parserConfiguration(parserSettings)
        .locale('en')
        // So that a command is found behind its options; commands declare theirs themselves, which `strict` goes by.
        .options(optionsOf(usualOptions, { hidden: true, global: false }))
        .usage(`$0 <command> [options]`)
        .epilogue(`"$0 <command> --help" lists the options of a command, with examples.`)
        .help('help', 'Show what a command does and takes')
        .alias('h', 'help')
        .version('version', 'Show the version', this.#input.version)
        .demandCommand(1)
        .strict()
        .recommendCommands()
        .wrap(Math.min(WIDEST, this.#input.columns))
        .exitProcess(false)
        .fail((message: string) => {
          this.#refuse(
            describeRefusal({
              message,
              args: this.#args,
              command: this.#names.at(-1) ?? '',
              options: this.#options,
              subcommands: this.#subcommands,
            }),
          );
        })
    );
  }

  #withCommands(parser: Argv, commands: Commands, parents: readonly string[]): Argv {
    for (const entry of commands) {
      if ('commands' in entry) this.#addGroup(parser, entry, parents);
      else this.#addCommand(parser, entry, parents);
    }
    return parser;
  }

  #addGroup(parser: Argv, group: CommandGroup, parents: readonly string[]): void {
    const names = [...parents, group.name];
    parser.command({
      command: `${group.name} <command>`,
      describe: group.describe,
      builder: (inner: Argv) => {
        this.#names = names;
        this.#subcommands = group.commands.map(({ name }) => name);
        inner.options(optionsOf(usualOptions, { hidden: true, global: false })).demandCommand(1);
        return this.#withCommands(inner, group.commands, names);
      },
      handler: () => undefined,
    });
  }

  #addCommand(parser: Argv, command: CommandDefinition, parents: readonly string[]): void {
    const { name, argument, options, examples, describe } = command;
    const names = [...parents, name];
    const call = [PROGRAM, ...names].join(' ');
    const words = argument === undefined ? '' : ` <${argument.name}>`;
    const width = Math.min(WIDEST, this.#input.columns);
    parser.command({
      command: `${name}${words}`,
      describe,
      builder: (inner: Argv) => {
        this.#names = names;
        this.#options = options;
        this.#subcommands = [];
        if (argument !== undefined) {
          inner.positional(argument.name, { type: 'string', describe: argument.describe });
        }
        return inner
          .usage(`${call}${words} [options]\n\n${describe}`)
          .options(optionsOf(options))
          .epilogue(`${formatExamples(call, examples, width)}\n\n${NOTE}`);
      },
      handler: (argv: Record<string, unknown>) => {
        const unclear = this.#unclear.find((option) => options.includes(option));
        if (unclear !== undefined) this.#refuse(`--${flagOf(unclear)} must be true or false.`);
        const value = argument === undefined ? '' : argv[argument.name];
        // After a refusal yargs calls it all the same.
        this.#result ??= {
          kind: 'command',
          command,
          argument: typeof value === 'string' ? value : '',
          options: readGiven(argv, options),
        };
      },
    });
  }
}

/** Help says what a value is, not that it is a string. The method is younger than its types. */
function withoutTypes(parser: Argv): Argv {
  return (
    parser as Argv & { usageConfiguration: (settings: Record<string, boolean>) => Argv }
  ).usageConfiguration({
    'hide-types': true,
  });
}

function optionsOf(names: readonly OptionName[], shared: Options = {}): Record<string, Options> {
  const groupOf = (name: OptionName): number => optionGroups.indexOf(definitionOf(name).group);
  const inOrder = names.toSorted((a, b) => groupOf(a) - groupOf(b));
  return Object.fromEntries(inOrder.map((name) => [flagOf(name), { ...toYargsOption(name), ...shared }]));
}

/** Types and choices of values are read later: environment and file have the same ones. */
function toYargsOption(name: OptionName): Options {
  const { type, group, placeholder, describe, defaultDescription } = definitionOf(name);
  const isBoolean = type === 'boolean';
  return {
    type: isBoolean ? 'boolean' : 'string',
    requiresArg: !isBoolean,
    group: `${group}:`,
    describe: [
      ...(placeholder === undefined ? [] : [`<${placeholder}>`]),
      describe,
      ...(defaultDescription === undefined ? [] : [`(default: ${defaultDescription})`]),
    ].join(' '),
  };
}

function readGiven(
  argv: Record<string, unknown>,
  options: readonly OptionName[],
): Map<OptionName, (string | boolean)[]> {
  const given = new Map<OptionName, (string | boolean)[]>();
  for (const name of options) {
    const values = [argv[flagOf(name)]]
      .flat()
      .filter((value) => typeof value === 'string' || typeof value === 'boolean');
    if (values.length > 0) given.set(name, values);
  }
  return given;
}
