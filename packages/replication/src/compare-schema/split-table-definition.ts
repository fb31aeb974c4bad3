import { joinTokens } from './join-tokens.ts';

/**
 * Takes CREATE TABLE apart into its columns and constraints. Their order means nothing here: rows are copied and
 * compared by the names of columns, and two tables may have come to the same columns in different ways.
 *
 * @param tokens of the statement, names in quotes, without its semicolon
 * @returns what each is called, and what it is: `column "id"` and `integer NOT NULL`
 */
export function splitTableDefinition(tokens: readonly string[]): [string, string][] {
  // Before the list stands the table's name, or its type's; before the parentheses of PARTITION BY stands a word.
  const opening = tokens.findIndex((token, index) => token === '(' && tokens[index - 1]?.startsWith('"'));
  if (opening === -1) return [['definition', joinTokens(tokens)]];
  const elements: string[][] = [[]];
  let depth = 1;
  let position = opening + 1;
  for (; position < tokens.length && depth > 0; position += 1) {
    const token = tokens[position] ?? '';
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === ',' && depth === 1) elements.push([]);
    else if (depth > 0) elements.at(-1)?.push(token);
  }
  const rest = [...tokens.slice(0, opening), ...tokens.slice(position)];
  return [['definition', joinTokens(rest)], ...elements.filter(({ length }) => length > 0).map(nameElement)];
}

function nameElement(tokens: readonly string[]): [string, string] {
  const [first = '', second = ''] = tokens;
  if (first.startsWith('"')) return [`column ${joinTokens([first])}`, joinTokens(tokens.slice(1))];
  if (first === 'CONSTRAINT') return [`constraint ${joinTokens([second])}`, joinTokens(tokens.slice(2))];
  return [joinTokens(tokens), ''];
}
