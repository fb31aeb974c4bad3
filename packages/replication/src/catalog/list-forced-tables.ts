import type { Session } from '../session/session.ts';

export interface ForcedTable {
  oid: number;
  /** `schema.name` for people. */
  label: string;
}

/** Tables whose row security applies to their owners too. */
export async function listForcedTables(session: Session): Promise<ForcedTable[]> {
  const rows = await session.query<{ oid: string; label: string }>(
    'list tables with forced row security',
    `SELECT c.oid::int8::text AS oid, n.nspname || '.' || c.relname AS label
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relrowsecurity AND c.relforcerowsecurity
     ORDER BY label`,
  );
  return rows.map(({ oid, label }) => ({ oid: Number(oid), label }));
}
