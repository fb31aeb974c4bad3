import type { NamedTable } from '../scope/resolve-rules.ts';
import type { Session } from '../session/session.ts';

/** Every table that a filter may name: those with rows of their own, and the partitioned ones above them. */
export async function listNamedTables(session: Session): Promise<NamedTable[]> {
  const rows = await session.query<{ oid: string; schema: string; name: string; parent_oid: string | null }>(
    'list tables',
    `SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name, i.inhparent::int8::text AS parent_oid
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = c.oid AND c.relispartition
     WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
     ORDER BY c.oid`,
  );
  return rows.map(({ oid, schema, name, parent_oid }) => ({
    oid: Number(oid),
    schema,
    name,
    parentOid: parent_oid === null ? null : Number(parent_oid),
  }));
}
