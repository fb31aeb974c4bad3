import type { Session } from '../session/session.ts';

/**
 * The columns that tell the rows of a table apart, by the table's oid: those of the primary key, else of the replica
 * identity, else of the smallest unique index whose columns are all NOT NULL. Tables without any are left out.
 */
export async function readRowKeys(
  session: Session,
  tableOids: readonly number[],
): Promise<Map<number, string[]>> {
  const rows = await session.query<{ oid: string; columns: string[] }>(
    'read the keys of tables',
    `SELECT DISTINCT ON (i.indrelid) i.indrelid::int8::text AS oid, k.columns
     FROM pg_catalog.pg_index AS i
     CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(a.attname::text ORDER BY n) AS columns, pg_catalog.bool_and(a.attnotnull) AS is_not_null
       FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) AS n
       JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n]
     ) AS k
     WHERE i.indrelid = ANY($1::oid[]) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
       AND i.indexprs IS NULL AND k.is_not_null
     ORDER BY i.indrelid, i.indisprimary DESC, i.indisreplident DESC, i.indnkeyatts, i.indexrelid`,
    [tableOids],
  );
  return new Map(rows.map(({ oid, columns }) => [Number(oid), columns]));
}
