import type { Table } from '../catalog/list-tables.ts';
import type { Session } from '../session/session.ts';
import type { FollowedTable } from './sync-record.ts';

/** What tables look like now: the columns that the change stream has, with their types as people write them. */
export async function readFollowedTables(
  session: Session,
  tables: readonly Table[],
): Promise<FollowedTable[]> {
  const rows = await session.query<{ oid: string; columns: FollowedTable['columns'] }>(
    'describe tables',
    `SELECT attrelid::int8::text AS oid,
            pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('name', attname,
              'type', pg_catalog.format_type(atttypid, atttypmod)) ORDER BY attnum) AS columns
     FROM pg_catalog.pg_attribute
     WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     GROUP BY attrelid`,
    [tables.map(({ oid }) => oid)],
  );
  const columns = new Map(rows.map((row) => [Number(row.oid), row.columns]));
  return tables.map(({ oid, schema, name }) => ({ schema, name, columns: columns.get(oid) ?? [] }));
}
