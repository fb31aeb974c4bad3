import { ReplicatorError } from '@seren-replicator/job-models';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';
import { isInScope, type NamedTable, type TableRules } from './resolve-rules.ts';

/** A filter with wildcards may be about thousands of tables. */
const TABLES_PER_STATEMENT = 100;
/** SQLSTATE of a lock that was not to be had in time: that says nothing about a filter. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Lets the source plan every row filter over its table, without reading a row: one that it cannot evaluate is told
 * before anything is written, and not in the middle of the copy.
 *
 * @throws ReplicatorError `invalid_request` with PostgreSQL's words about the first filter that is wrong
 */
export async function checkPredicates(
  session: Session,
  rules: TableRules,
  tables: readonly NamedTable[],
): Promise<void> {
  const filtered = tables.filter(({ oid }) => rules.predicates.has(oid) && isInScope(rules, oid));
  for (let start = 0; start < filtered.length; start += TABLES_PER_STATEMENT) {
    const batch = filtered.slice(start, start + TABLES_PER_STATEMENT);
    if ((await findMistake(session, rules, batch)) === null) continue;
    for (const table of batch) {
      const mistake = await findMistake(session, rules, [table]);
      if (mistake !== null) throw invalidFilter(table, mistake);
    }
  }
}

/** What PostgreSQL says about the filters of these tables; null when it can evaluate them. */
async function findMistake(
  session: Session,
  { predicates }: TableRules,
  tables: readonly NamedTable[],
): Promise<ReplicatorError | null> {
  // The parameter keeps rows from being read; with one, a text that is several statements is refused.
  const queries = tables.map(
    ({ oid, schema, name }) =>
      `SELECT FROM (SELECT FROM ONLY ${qualifiedName(schema, name)} WHERE ${predicates.get(oid) ?? 'true'}) AS chosen WHERE $1::pg_catalog.bool`,
  );
  try {
    await session.query('plan the row filters', queries.join(' UNION ALL '), [false]);
    return null;
  } catch (error) {
    const isAboutFilter =
      error instanceof ReplicatorError &&
      error.code === 'query_failed' &&
      sqlStateOf(error) !== LOCK_NOT_AVAILABLE;
    if (isAboutFilter) return error;
    throw error;
  }
}

function invalidFilter({ schema, name }: NamedTable, mistake: ReplicatorError): ReplicatorError {
  const { cause } = mistake;
  const reason = cause instanceof Error ? cause.message : mistake.message;
  return new ReplicatorError(
    'invalid_request',
    `The row filter of ${schema}.${name} is none that PostgreSQL can evaluate: ${reason}. Mend it and run the command again; nothing was written.`,
    { cause: mistake },
  );
}
