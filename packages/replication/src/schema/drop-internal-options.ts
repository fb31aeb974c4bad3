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
import { filterOptions } from './filter-options.ts';
import { splitStatements } from './split-statements.ts';
import type { SqlToken } from './sql-tokens.ts';

const INTERNAL_PREFIX = 'pg_';
const RELATION = ['name', '.', 'name'];
const COLUMN = ['ALTER', 'COLUMN', 'name', 'SET', '('];
/** What such a statement begins with. `name` is a name, in quotes or without; the others stand for themselves. */
const statementShapes = [
  ['ALTER', 'TABLE', 'ONLY', ...RELATION, ...COLUMN],
  ['ALTER', 'FOREIGN', 'TABLE', 'ONLY', ...RELATION, ...COLUMN],
];

/** The definition of a relation without column options that are PostgreSQL's own. */
export function dropInternalOptions(definition: string): string {
  if (!definition.includes(INTERNAL_PREFIX)) return definition;
  let kept = '';
  let position = 0;
  for (const statement of splitStatements(definition)) {
    const shape = statementShapes.find((words) => hasShape(definition, statement.tokens, words));
    const isKept = (name: string): boolean => !name.startsWith(INTERNAL_PREFIX);
    const text =
      shape === undefined
        ? definition.slice(statement.start, statement.end)
        : filterOptions(definition, statement, shape.length - 1, isKept);
    kept += definition.slice(position, statement.start) + (text ?? '');
    position = statement.end;
  }
  return kept + definition.slice(position);
}

function hasShape(sql: string, tokens: readonly SqlToken[], shape: readonly string[]): boolean {
  return shape.every((expected, index) => {
    const token = tokens[index];
    if (token === undefined) return false;
    if (expected === 'name') return token.kind === 'word' || token.kind === 'quotedName';
    return token.kind !== 'quotedName' && sql.slice(token.start, token.end) === expected;
  });
}
