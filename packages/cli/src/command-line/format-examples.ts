import type { Example } from '../command-definition.ts';

const INDENT = '  ';

/**
 * A command's examples as a section of its help. yargs sets the examples that it is given in two columns and breaks
 * long ones where they cannot be broken; these are to be pasted into a shell as they stand.
 */
export function formatExamples(call: string, examples: readonly Example[], width: number): string {
  const lines = examples.flatMap((example) => formatExample(call, example, width));
  return ['Examples:', ...lines.map((line) => `${INDENT}${line}`)].join('\n');
}

/** A long command goes on behind a backslash, at an option. */
function formatExample(call: string, [options, meaning]: Example, width: number): string[] {
  const parts = `${call} ${options}`.split(/ (?=--)/);
  const lines = wrap(parts, width - INDENT.length - ' \\'.length - INDENT.length);
  const last = lines.length - 1;
  return [
    ...wrap(meaning.split(' '), width - INDENT.length - '# '.length).map((line) => `# ${line}`),
    ...lines.map((line, index) => `${index === 0 ? '' : INDENT}${line}${index === last ? '' : ' \\'}`),
  ];
}

/** Lines of as many words as fit. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
