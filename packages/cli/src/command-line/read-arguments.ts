import { parseArgs } from 'node:util';
import { optionNames, type OptionName } from '../options/option-definitions.ts';
import { definitionOf, isOptionName } from '../options/option-sources.ts';

export interface Arguments {
  /** What is no option: the command, and what it works on. */
  words: string[];
  /** The options that were given and what with, in the order of the arguments; true where an option stood alone. */
  options: Map<OptionName, (string | true)[]>;
  /** Names of options that do not exist, without dashes. */
  unknown: string[];
  /** Options that lack their value. */
  withoutValue: OptionName[];
  wantsHelp: boolean;
  wantsVersion: boolean;
}

const valueTypes = Object.fromEntries(
  optionNames.map((name) => [
    name,
    { type: definitionOf(name).type === 'boolean' ? ('boolean' as const) : ('string' as const) },
  ]),
);

/**
 * Sorts arguments into words and options, by what every option of the program takes: the command may come after them.
 * Whether it takes these options is judged by the caller, in words of our own: Node's would repeat values.
 */
export function readArguments(args: readonly string[]): Arguments {
  const read: Arguments = {
    words: [],
    options: new Map(),
    unknown: [],
    withoutValue: [],
    wantsHelp: false,
    wantsVersion: false,
  };
  const { tokens } = parseArgs({
    args: [...args],
    options: valueTypes,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === 'positional') read.words.push(token.value);
    else if (token.kind === 'option') readOption(read, token, args[token.index] ?? '');
  }
  return read;
}

interface OptionToken {
  name: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
}

function readOption(read: Arguments, { name, value, inlineValue }: OptionToken, written: string): void {
  if (name === 'help' || written === '-h') read.wantsHelp = true;
  else if (name === 'version') read.wantsVersion = true;
  else if (!isOptionName(name)) read.unknown.push(name);
  else {
    // What begins with dashes is the next option, and the value was forgotten; `--option=--value` says otherwise.
    const hasValue = value !== undefined && (inlineValue === true || !value.startsWith('--'));
    if (!hasValue && definitionOf(name).type !== 'boolean') read.withoutValue.push(name);
    else read.options.set(name, [...(read.options.get(name) ?? []), value ?? true]);
  }
}
