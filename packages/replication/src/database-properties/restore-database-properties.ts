import type { SkippedObject } from '@seren-replicator/job-models';
import { attemptStatements } from '../restore/attempt-statements.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import type { Session } from '../session/session.ts';
import { databasePropertyStatements } from './database-property-statements.ts';
import { readDatabaseProperties } from './read-database-properties.ts';

/**
 * Gives the target database what the source's has: owner, grants, defaults of sessions, connection limit, comment,
 * security labels. It comes last: a connection limit or a revoked CONNECT would be in the way of the copy itself.
 *
 * @returns what the target refused
 */
export async function restoreDatabaseProperties(
  source: Session,
  target: Session,
  name: string,
  options: RestoreOptions,
): Promise<SkippedObject[]> {
  const properties = await readDatabaseProperties(source);
  const { role } = await target.queryOne<{ role: string }>(
    'name its role',
    'SELECT current_user::text AS role',
  );
  const attempts = databasePropertyStatements({ name, role }, properties, options);
  // Committed to disk: nothing that is would come after it.
  const refusals = await target.transaction('BEGIN; SET LOCAL synchronous_commit = on', () =>
    attemptStatements(target, 'set properties of the database', attempts, { isInTransaction: true }),
  );
  return refusals.map(({ attempt, reason }) => ({ object: attempt.object, reason }));
}
