/**
 * pg_dump of release 18 writes a NOT NULL that a table puts on a column of its parent as a constraint in the table's
 * list, also for sources that are older; servers before 18 do not know such a constraint:
 *
 *     CREATE TABLE "public"."child" ( NOT NULL "id", CONSTRAINT "named" NOT NULL "x" ) INHERITS (…);
 *
 * PostgreSQL's src/bin/pg_dump/pg_dump.c, `dumpTableSchema`.
 * https://www.postgresql.org/docs/18/release-18.html (NOT NULL constraints in pg_constraint)
 */
import { splitStatements } from './split-statements.ts';
import type { SqlToken } from './sql-tokens.ts';

/** The definition of a table with ALTER TABLE … SET NOT NULL behind it in place of such constraints. */
export function notNullAsStatements(definition: string): string {
  const [statement] = splitStatements(definition);
  if (statement === undefined || !definition.includes('NOT NULL "')) return definition;
  const { tokens } = statement;
  const text = ({ start, end }: SqlToken): string => definition.slice(start, end);
  const opening = tokens.findIndex(
    (token, index) => text(token) === '(' && tokens[index - 1]?.kind === 'quotedName',
  );
  const elements = elementsOf(tokens.slice(opening + 1), text);
  const columns = elements.map((element) => columnOf(element.map(text)));
  if (opening === -1 || columns.every((column) => column === null)) return definition;
  const kept = elements.filter((_element, index) => columns[index] === null);
  const list = kept.map((element) => `\n    ${definition.slice(element[0]?.start, element.at(-1)?.end)}`);
  const closing = elements.at(-1)?.at(-1)?.end;
  const words = tokens.slice(0, opening).map(text);
  const name = words.slice(words.indexOf('TABLE') + 1, words.indexOf('TABLE') + 4).join('');
  const alter = `ALTER ${words[1] === 'FOREIGN' ? 'FOREIGN ' : ''}TABLE ONLY ${name}`;
  const alterations = columns.flatMap((column) =>
    column === null ? [] : `${alter} ALTER COLUMN ${column} SET NOT NULL;\n`,
  );
  return (
    definition.slice(0, tokens[opening]?.end) +
    list.join(',') +
    definition.slice(closing) +
    alterations.join('')
  );
}

/** The tokens of a list up to its closing parenthesis, parted at its commas. */
function elementsOf(tokens: readonly SqlToken[], text: (token: SqlToken) => string): SqlToken[][] {
  const elements: SqlToken[][] = [[]];
  let depth = 1;
  for (const token of tokens) {
    if (text(token) === '(') depth += 1;
    if (text(token) === ')') depth -= 1;
    if (depth === 0) break;
    if (text(token) === ',' && depth === 1) elements.push([]);
    else elements.at(-1)?.push(token);
  }
  return elements;
}

/** In quotes, of a constraint `NOT NULL "column"`, named or not; null for everything else. */
function columnOf(words: readonly string[]): string | null {
  const constraint = words[0] === 'CONSTRAINT' ? words.slice(2) : words;
  const [not, nothing, column = null] = constraint;
  return not === 'NOT' && nothing === 'NULL' && constraint.length === 3 ? column : null;
}
