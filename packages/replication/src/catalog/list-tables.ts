import { BETTER_IN_BINARY, JOIN_TYPES_OF_COLUMNS } from './binary-rows.ts';
import { IS_OF_USERS, LEFT_JOIN_CONFIGURATION } from './extension-members.ts';
import { OUR_COMMENTS } from './our-schemas.ts';
import { qualifiedName } from './quote.ts';
import { SPREAD_TREES } from './spread-trees.ts';
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
  /** Where COPY's binary form carries the same rows with less work for both servers: nearby it may be longer. */
  betterInBinary: 'nowhere' | 'nearby' | 'anywhere';
  /** On disk, TOAST included. */
  bytes: number;
  /** Of the table itself, without TOAST; from the file's size, so also right for a table never analysed. */
  blocks: number;
  /** Which rows are wanted, as SQL; null for all of them. */
  predicate: string | null;
  /**
   * Of a table that an extension made and that users put rows into: what follows FROM in a query for those rows, as the
   * extension told it; empty for all rows. Null for users' own tables.
   */
  configuration: string | null;
  /**
   * Every table below a partitioned one whose rows are read from it and written to it, see `SPREAD_TREES`; empty for
   * all others.
   */
  partitionOids: readonly number[];
}

/** Its rows lie in its partitions, and on each side in others. */
export function isSpread({ partitionOids }: Pick<Table, 'partitionOids'>): boolean {
  return partitionOids.length > 0;
}

/** Of all tables that its rows may lie in. */
export function oidsOf({ oid, partitionOids }: Table): number[] {
  return [oid, ...partitionOids];
}

/** What it is called where statements are to reach all of its rows and no others. */
export function rowsName(table: Pick<Table, 'schema' | 'name' | 'partitionOids'>): string {
  const name = qualifiedName(table.schema, table.name);
  return isSpread(table) ? name : `ONLY ${name}`;
}

/** What a query of a table's own rows reads from: without its children, and without the rows that are not wanted. */
export function rowsOf(wanted: Table): string {
  const { predicate, configuration } = wanted;
  const table = rowsName(wanted);
  const conditions = [
    // An extension's condition is any end of a query: it keeps a query of its own.
    ...(configuration === null ? [] : [`ctid IN (SELECT ctid FROM ${table} ${configuration})`]),
    ...(predicate === null ? [] : [predicate]),
  ];
  return conditions.length === 0 ? table : `${table} WHERE ${conditions.join(' AND ')}`;
}

/**
 * Every table that holds rows of its own: ordinary tables and the leaves of partition trees, in all user schemas; for
 * trees that spread their rows otherwise on every server, the table on top in place of its leaves. Of
 * extensions only those whose rows are users' (`pg_extension_config_dump`): the rest is the extension's to fill.
 * Foreign tables hold their rows elsewhere.
 *
 * https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-CONFIG-TABLES
 */
export async function listTables(session: Session): Promise<Table[]> {
  const rows = await session.query<{
    oid: string;
    schema: string;
    name: string;
    copy_columns: string[] | null;
    columns: string[] | null;
    better_in_binary: Table['betterInBinary'];
    bytes: string;
    blocks: string;
    configuration: string | null;
    partitions: string[] | null;
  }>(
    'list tables',
    `WITH ${SPREAD_TREES}
     SELECT c.oid::int8::text AS oid, n.nspname AS schema, c.relname AS name,
            coalesce(tree.bytes, pg_catalog.pg_table_size(c.oid), 0)::text AS bytes,
            coalesce(coalesce(tree.largest_bytes, pg_catalog.pg_relation_size(c.oid))
                     / pg_catalog.current_setting('block_size')::int8, 0)::text AS blocks,
            a.copy_columns, a.columns, a.better_in_binary, e.configuration, tree.partitions
     FROM pg_catalog.pg_class AS c
     JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     LEFT JOIN spread_trees AS tree ON tree.root = c.oid
     ${LEFT_JOIN_CONFIGURATION}
     CROSS JOIN LATERAL (
       SELECT pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated <> 'v') AS columns,
              pg_catalog.array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS copy_columns,
              ${BETTER_IN_BINARY} AS better_in_binary
       FROM pg_catalog.pg_attribute AS a
       ${JOIN_TYPES_OF_COLUMNS}
       WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     ) AS a
     WHERE (tree.root IS NOT NULL OR c.relkind = 'r' AND c.oid NOT IN (SELECT oid FROM spread_members))
       AND c.relpersistence <> 't'
       AND n.nspname NOT IN ('pg_catalog', 'information_schema')
       AND coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), '') <> ALL ($1::text[])
       AND ${IS_OF_USERS}
     ORDER BY c.oid`,
    [OUR_COMMENTS],
  );
  return rows.map((row) => ({
    oid: Number(row.oid),
    schema: row.schema,
    name: row.name,
    label: `${row.schema}.${row.name}`,
    copyColumns: row.copy_columns ?? [],
    columns: row.columns ?? [],
    betterInBinary: row.better_in_binary,
    bytes: Number(row.bytes),
    blocks: Number(row.blocks),
    predicate: null,
    configuration: row.configuration,
    partitionOids: (row.partitions ?? []).map(Number),
  }));
}
