/**
 * PostgreSQL's releases of November 2026 (15.20 and its siblings) keep a `pg_attver` among the options of every
 * column. Their own pg_dump hides it; an older one prints it, and a server without it refuses it. pg_dump writes a
 * column's options as a statement of its own behind the table's:
 *
 *     ALTER [FOREIGN] TABLE ONLY name ALTER COLUMN name SET (option=value, …);
 *
 * (src/bin/pg_dump/pg_dump.c, `dumpTableSchema`). Names that begin with `pg_` are PostgreSQL's own; the options that
 * users can set are `n_distinct` and `n_distinct_inherited`.
 */
import { splitStatements, type SqlStatement } from './split-statements.ts';
import type { SqlToken } from './sql-tokens.ts';

const INTERNAL_PREFIX = 'pg_';
/** `name` stands for a name in quotes or without, `(` and the like for themselves, other words for keywords. */
const statementShapes = [
  ['ALTER', 'TABLE', 'ONLY', 'name', '.', 'name', 'ALTER', 'COLUMN', 'name', 'SET', '('],
  ['ALTER', 'FOREIGN', 'TABLE', 'ONLY', 'name', '.', 'name', 'ALTER', 'COLUMN', 'name', 'SET', '('],
];

/** The definition of a relation without column options that are PostgreSQL's own. */
export function dropInternalOptions(definition: string): string {
  if (!definition.includes(INTERNAL_PREFIX)) return definition;
  let kept = '';
  let position = 0;
  for (const statement of splitStatements(definition)) {
    kept += definition.slice(position, statement.start) + withoutInternalOptions(statement, definition);
    position = statement.end;
  }
  return kept + definition.slice(position);
}

function withoutInternalOptions(statement: SqlStatement, sql: string): string {
  const text = (token: SqlToken): string => sql.slice(token.start, token.end);
  const unchanged = sql.slice(statement.start, statement.end);
  const shape = statementShapes.find((words) => hasShape(statement.tokens, words, text));
  const [first, ...others] = statement.tokens.slice(shape?.length);
  const closing = others.at(-1);
  if (shape === undefined || first === undefined || closing === undefined) return unchanged;
  const options = splitAtCommas([first, ...others.slice(0, -1)], text);
  const kept = options.filter(([name]) => name !== undefined && !text(name).startsWith(INTERNAL_PREFIX));
  if (kept.length === options.length) return unchanged;
  if (kept.length === 0) return '';
  const list = kept.map((option) => sql.slice(option[0]?.start, option.at(-1)?.end));
  return sql.slice(statement.start, first.start) + list.join(', ') + sql.slice(closing.start, statement.end);
}

function hasShape(tokens: readonly SqlToken[], shape: string[], text: (token: SqlToken) => string): boolean {
  return shape.every((expected, index) => {
    const token = tokens[index];
    if (token === undefined) return false;
    if (expected === 'name') return token.kind === 'word' || token.kind === 'quotedName';
    return token.kind !== 'quotedName' && text(token) === expected;
  });
}

function splitAtCommas(tokens: readonly SqlToken[], text: (token: SqlToken) => string): SqlToken[][] {
  const parts: SqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'symbol' && text(token) === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
