/**
 * Turns arguments into a command and its options, or into help. It runs nothing, prints nothing and reads no
 * environment, so that the caller decides what happens; and it repeats nothing that may be a URL, a key or a password.
 */
import type { CommandDefinition, CommandGroup } from '../command-definition.ts';
import type { OptionName } from '../options/option-definitions.ts';
import { findCommand, isGroup, type CommandPath } from './find-command.ts';
import { formatHelp } from './format-help.ts';
import { readArguments, type Arguments } from './read-arguments.ts';
import { suggestName } from './suggest-name.ts';

export type CommandLine =
  | { kind: 'text'; text: string }
  | { kind: 'refused'; message: string }
  | {
      kind: 'command';
      command: CommandDefinition;
      argument: string;
      options: ReadonlyMap<OptionName, readonly (string | true)[]>;
    };

export interface CommandLineInput {
  args: readonly string[];
  commands: readonly (CommandDefinition | CommandGroup)[];
  version: string;
  /** Of the terminal; help is laid out for it. */
  columns: number;
}

const PROGRAM = 'seren-replicator';

/** What people call commands and options. Anything else may be a secret. */
const PLAIN_NAME = /^[a-z][a-z-]{0,30}$/i;

export function parseCommandLine({ args, commands, version, columns }: CommandLineInput): CommandLine {
  const read = readArguments(args);
  const path = findCommand(commands, read.words);
  const isLost = path.rest.length > 0 && path.choices.length > 0;
  const help = [PROGRAM, ...path.names].join(' ');
  const refuse = (message: string): CommandLine => ({
    kind: 'refused',
    message: `${message} See: ${help} --help`,
  });
  // Before the words, one of which may be what the unknown option was given.
  if (!read.wantsHelp && read.unknown.length > 0) return refuse(describeUnknown(read.unknown, path.found));
  if (isLost) return refuse(describeUnknownCommand(path));
  if (read.wantsHelp) return { kind: 'text', text: formatHelp({ ...path, program: PROGRAM, columns }) };
  if (read.wantsVersion) return { kind: 'text', text: `${version}\n` };
  const { found: command } = path;
  const problem = findProblem(read, command);
  if (problem !== undefined) return refuse(problem);
  if (command === undefined || isGroup(command)) {
    return refuse(`Name a command. There are ${path.choices.map(({ name }) => name).join(', ')}.`);
  }
  const [argument = '', ...surplus] = path.rest;
  if (surplus.length > 0 || (argument !== '' && command.argument === undefined)) {
    return refuse('There is an argument too many: values follow options, as in --source URL.');
  }
  if (argument === '' && command.argument !== undefined) return refuse('An argument is missing.');
  return { kind: 'command', command, argument, options: read.options };
}

function describeUnknownCommand({ rest, choices }: CommandPath): string {
  const [word = ''] = rest;
  const names = choices.map(({ name }) => name);
  if (!PLAIN_NAME.test(word)) return `The first word must be a command: ${names.join(', ')}.`;
  const meant = suggestName(word, names);
  return `Unknown command: ${word}. ${meant === undefined ? `There are ${names.join(', ')}.` : `Did you mean ${meant}?`}`;
}

function findProblem(read: Arguments, command: CommandPath['found']): string | undefined {
  if (command !== undefined && !isGroup(command)) {
    const alien = [...read.options.keys(), ...read.withoutValue].filter(
      (name) => !command.options.includes(name),
    );
    if (alien.length > 0) {
      return `"${command.name}" does not take ${alien.map((name) => `--${name}`).join(', ')}.`;
    }
  }
  const [name] = read.withoutValue;
  return name === undefined ? undefined : `--${name} needs a value.`;
}

function describeUnknown(unknown: readonly string[], command: CommandPath['found']): string {
  const plain = unknown.filter((name) => name.length > 1 && PLAIN_NAME.test(name));
  if (plain.length === 0) {
    return unknown.some((name) => name.length === 1)
      ? 'Options are written with two dashes, as in --source.'
      : 'There is an option that does not exist.';
  }
  const known = command === undefined || isGroup(command) ? [] : command.options;
  const described = plain.map((name) => {
    const meant = suggestName(name, known);
    return `--${name}${meant === undefined ? '' : ` (did you mean --${meant}?)`}`;
  });
  return `Unknown option: ${described.join(', ')}.`;
}
