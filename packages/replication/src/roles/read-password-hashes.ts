import { Secret } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';

/**
 * The stored hashes of roles' passwords, by role; roles without a password are not in it.
 *
 * @returns null when this session may not read them: only superusers may, unless pg_authid was granted
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export async function readPasswordHashes(
  session: Session,
  roles: readonly string[],
): Promise<Map<string, Secret> | null> {
  const { may_read } = await session.queryOne<{ may_read: boolean }>(
    'check a privilege',
    `SELECT pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT') AS may_read`,
  );
  if (!may_read) return null;
  const rows = await session.query<{ name: string; hash: string }>(
    'read password hashes',
    `SELECT rolname::text AS name, rolpassword AS hash FROM pg_catalog.pg_authid
     WHERE rolname = ANY($1) AND rolpassword IS NOT NULL`,
    [roles],
  );
  return new Map(rows.map(({ name, hash }) => [name, new Secret(hash)]));
}
