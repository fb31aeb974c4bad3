/**
 * The parts of a text between separators, of which those inside of double quotes are none. Quotes stay in the parts:
 * what they say about a name is for the reader of names. Of `maxParts` the last one is the rest, whatever it holds.
 */
export function splitOutsideQuotes(text: string, separator: ',' | ':', maxParts = Infinity): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < text.length && parts.length < maxParts - 1; index += 1) {
    if (text[index] === '"') isQuoted = !isQuoted;
    if (text[index] !== separator || isQuoted) continue;
    parts.push(text.slice(start, index));
    start = index + 1;
  }
  return [...parts, text.slice(start)];
}
