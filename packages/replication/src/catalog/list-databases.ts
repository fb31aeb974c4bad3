import type { Session } from '../session/session.ts';

/** Databases of a server that people may connect to, templates left out. */
export async function listDatabases(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    'list databases',
    `SELECT datname::text AS name FROM pg_catalog.pg_database
     WHERE datallowconn AND NOT datistemplate ORDER BY datname`,
  );
  return rows.map(({ name }) => name);
}
