/**
 * yargs' refusals in words that repeat nothing but names: it quotes what it does not know, and that may be a URL with
 * a password, a key, or the half of one that a shell has split.
 */
import type { OptionName } from '../options/option-definitions.ts';
import { flagOf, isOptionName } from '../options/option-sources.ts';
import { suggestName } from './suggest-name.ts';

export interface Refusal {
  /** yargs' message, in English. */
  message: string;
  args: readonly string[];
  /** The name of the command that was found, and what it takes; of a group, what it holds. */
  command: string;
  options: readonly OptionName[];
  subcommands: readonly string[];
}

/** What people call commands and options. Anything else may be a secret. */
const PLAIN_NAME = /^[a-z][a-z-]{0,30}$/i;

export function describeRefusal(refusal: Refusal): string {
  const { message, subcommands } = refusal;
  const [, unknown] = /^Unknown (?:argument|command)s?: (.*)$/s.exec(message) ?? [];
  if (unknown !== undefined) return describeUnknown(unknown.split(', '), refusal);
  const [, option] = /^Not enough arguments following: ([a-z-]+)$/.exec(message) ?? [];
  if (option !== undefined) return `--${option} needs a value.`;
  if (message.startsWith('Did you mean')) return `Unknown command. ${message}`;
  return subcommands.length > 0
    ? `Name a command. There are ${subcommands.join(', ')}.`
    : 'An argument is missing.';
}

function describeUnknown(names: readonly string[], { args, command, options, subcommands }: Refusal): string {
  const written = new Set(args.map((arg) => /^--?([^=]+)/.exec(arg)?.[1]));
  const given = names.filter((name) => written.has(name));
  if (given.length > 0) return describeUnknownOptions(given, { command, options });
  if (subcommands.length === 0) {
    return 'There is an argument too many: values follow options, as in --source URL.';
  }
  const [name = ''] = names;
  if (!PLAIN_NAME.test(name)) return `The first word must be a command: ${subcommands.join(', ')}.`;
  return `Unknown command: ${name}. There are ${subcommands.join(', ')}.`;
}

function describeUnknownOptions(
  given: readonly string[],
  { command, options }: Pick<Refusal, 'command' | 'options'>,
): string {
  const alien = given.filter(isOptionName);
  if (alien.length > 0 && command !== '') {
    return `"${command}" does not take ${alien.map((name) => `--${name}`).join(', ')}.`;
  }
  const plain = given.filter((name) => name.length > 1 && PLAIN_NAME.test(name));
  if (plain.length === 0) {
    return given.some((name) => name.length === 1)
      ? 'Options are written with two dashes, as in --source.'
      : 'There is an option that does not exist.';
  }
  const described = plain.map((name) => {
    const meant = suggestName(name, options.map(flagOf));
    return `--${name}${meant === undefined ? '' : ` (did you mean --${meant}?)`}`;
  });
  return `Unknown option: ${described.join(', ')}.`;
}
