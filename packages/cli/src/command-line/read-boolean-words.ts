import type { OptionName } from '../options/option-definitions.ts';
import { definitionOf, isOptionName } from '../options/option-sources.ts';
import { booleanWords } from '../options/boolean-words.ts';

/**
 * `--verify=yes` as `--verify=true`. To yargs every word but `true` means no, so that a word which means yes
 * elsewhere, or a mistyped one, would silently switch off what was asked for.
 *
 * @returns the arguments, and the options whose word means neither, which are left as they are
 */
export function readBooleanWords(args: readonly string[]): { args: string[]; unclear: OptionName[] } {
  const unclear: OptionName[] = [];
  const read = args.map((arg) => {
    const [, name = '', word = ''] = /^--([a-z-]+)=(.*)$/s.exec(arg) ?? [];
    if (!isOptionName(name) || definitionOf(name).type !== 'boolean') return arg;
    const meaning = booleanWords.get(word.toLowerCase());
    if (meaning !== undefined) return `--${name}=${String(meaning)}`;
    unclear.push(name);
    return arg;
  });
  return { args: read, unclear };
}
