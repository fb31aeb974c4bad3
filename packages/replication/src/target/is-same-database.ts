import { randomBytes } from 'node:crypto';
import type { ServerFacts } from '../catalog/read-server-facts.ts';
import type { Session } from '../session/session.ts';

/**
 * Whether two sessions look at one and the same database, whatever their URLs say. Equal system identifiers are not
 * enough: a clone made from a physical backup keeps its origin's, and so does a promoted standby. What is certain is
 * an advisory lock: it is seen by both sessions only where both are on the same server in the same database.
 *
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
export async function isSameDatabase(
  source: { session: Session; facts: ServerFacts },
  target: { session: Session; facts: ServerFacts },
): Promise<boolean> {
  const [a, b] = [source.facts, target.facts];
  const areOtherClusters =
    a.systemIdentifier !== null && b.systemIdentifier !== null && a.systemIdentifier !== b.systemIdentifier;
  if (areOtherClusters || a.databaseOid !== b.databaseOid) return false;
  const key = randomBytes(8).readBigInt64BE().toString();
  await source.session.query('take an advisory lock', 'SELECT pg_catalog.pg_advisory_lock_shared($1)', [key]);
  try {
    const { is_free } = await target.session.queryOne<{ is_free: boolean }>(
      'probe an advisory lock',
      'SELECT pg_catalog.pg_try_advisory_lock($1) AS is_free',
      [key],
    );
    if (is_free)
      await target.session.query('release a lock', 'SELECT pg_catalog.pg_advisory_unlock($1)', [key]);
    return !is_free;
  } finally {
    await source.session.query('release a lock', 'SELECT pg_catalog.pg_advisory_unlock_shared($1)', [key]);
  }
}
