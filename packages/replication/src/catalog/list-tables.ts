import { CHECKPOINT_COMMENT } from '../checkpoint/find-checkpoint.ts';
import { qualifiedName } from './quote.ts';
import type { Session } from '../session/session.ts';

export interface Table {
  oid: number;
  schema: string;
  name: string;
  /** `schema.name` for people; never for SQL. */
  label: string;
  /** Columns that COPY carries, in order: dropped and generated ones are not among them. */
  copyColumns: string[];
  /** Every column that holds something, in order: all but virtual generated ones, which are worked out when read. */
  columns: string[];
  /** On disk, TOAST included. */
  bytes: number;
  /** Of the table itself, without TOAST; from the file's size, so also right for a table never analysed. */
  blocks: number;
  /** Which rows are wanted, as SQL; null for all of them. */
  predicate: string | null;
}

/** What a query of a table's own rows reads from: without its children, and without the rows that are not wanted. */
export function rowsOf({ schema, name, predicate }: Table): string {
  const from = `ONLY ${qualifiedName(schema, name)}`;
  return predicate === null ? from : `${from} WHERE ${predicate}`;
}

/**
 * Every table that holds rows of its own: ordinary tables and the leaves of partition trees, in all user schemas.
 * Tables of extensions are left to the extension. Foreign tables hold their rows elsewhere.
 */
export async function listTables(session: Session): Promise<Table[]> {
  const rows = await session.query<{
    oid: string;
    schema: string;
    name: string;
    copy_columns: string[] | null;
    columns: string[] | null;
    bytes: string;
    blocks: string;
  }>(
    'list tables',
    `SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name,
            coalesce(pg_catalog.pg_table_size(c.oid), 0)::text AS bytes,
            coalesce(pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8, 0)::text AS blocks,
            a.copy_columns, a.columns
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(attname::text ORDER BY attnum) FILTER (WHERE attgenerated <> 'v') AS columns,
              pg_catalog.array_agg(attname::text ORDER BY attnum) FILTER (WHERE attgenerated = '') AS copy_columns
       FROM pg_catalog.pg_attribute
       WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped
     ) AS a
     WHERE c.relkind = 'r' AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND pg_catalog.obj_description(n.oid, 'pg_namespace') IS DISTINCT FROM $1
       AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_depend
         WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = c.oid AND deptype = 'e')
     ORDER BY c.oid`,
    [CHECKPOINT_COMMENT],
  );
  return rows.map((row) => ({
    oid: Number(row.oid),
    schema: row.schema,
    name: row.name,
    label: `${row.schema}.${row.name}`,
    copyColumns: row.copy_columns ?? [],
    columns: row.columns ?? [],
    bytes: Number(row.bytes),
    blocks: Number(row.blocks),
    predicate: null,
  }));
}
