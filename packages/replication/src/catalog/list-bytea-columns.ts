import type { Session } from '../session/session.ts';

/** Names of the columns that hold `bytea` or a domain over it, by the table's oid. */
export async function listByteaColumns(
  session: Session,
  tableOids: readonly number[],
): Promise<Map<number, Set<string>>> {
  const rows = await session.query<{ oid: string; columns: string[] }>(
    'list columns of bytes',
    `WITH RECURSIVE types AS (
       SELECT 'pg_catalog.bytea'::regtype::oid AS oid
       UNION ALL
       SELECT t.oid FROM pg_catalog.pg_type AS t JOIN types ON t.typbasetype = types.oid)
     SELECT attrelid::int8::text AS oid, pg_catalog.array_agg(attname::text) AS columns
     FROM pg_catalog.pg_attribute
     WHERE attrelid = ANY($1::oid[]) AND attnum > 0 AND NOT attisdropped AND atttypid IN (SELECT oid FROM types)
     GROUP BY attrelid`,
    [tableOids],
  );
  return new Map(rows.map(({ oid, columns }) => [Number(oid), new Set(columns)]));
}
