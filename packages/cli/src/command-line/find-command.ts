import type { CommandDefinition, CommandGroup } from '../command-definition.ts';

export interface CommandPath {
  /** The names that led there: `jobs`, `list`. */
  names: string[];
  /** What the names stand for; undefined for the program itself. */
  found: CommandDefinition | CommandGroup | undefined;
  /** What can follow the names. */
  choices: readonly (CommandDefinition | CommandGroup)[];
  /** The words behind the names. */
  rest: string[];
}

/** Follows the words of a call through commands and groups of commands, as far as they lead. */
export function findCommand(
  commands: readonly (CommandDefinition | CommandGroup)[],
  words: readonly string[],
): CommandPath {
  const path: CommandPath = { names: [], found: undefined, choices: commands, rest: [...words] };
  for (;;) {
    const next = path.choices.find(({ name }) => name === path.rest[0]);
    if (next === undefined) return path;
    path.names.push(next.name);
    path.rest.shift();
    path.found = next;
    path.choices = isGroup(next) ? next.commands : [];
  }
}

export function isGroup(entry: CommandDefinition | CommandGroup): entry is CommandGroup {
  return 'commands' in entry;
}
