import type { Session } from '../session/session.ts';

export async function listSchemas(session: Session): Promise<Set<string>> {
  const rows = await session.query<{ name: string }>(
    'list schemas',
    'SELECT nspname::text AS name FROM pg_catalog.pg_namespace',
  );
  return new Set(rows.map(({ name }) => name));
}
