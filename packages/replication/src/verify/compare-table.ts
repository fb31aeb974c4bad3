/**
 * Equality of a table's contents without moving rows: each server hashes every row and adds the hashes up, so the
 * order of rows does not matter and a duplicate row does.
 */
import type { TableComparison } from '@seren-replicator/job-models';
import { rowsOf, type Table } from '../catalog/list-tables.ts';
import type { Session } from '../session/session.ts';
import { rowHash } from './row-hash.ts';

interface ContentDigest {
  rows: number;
  /** Sum of the rows' 64-bit hashes, as decimal text. */
  hash: string;
}

export interface CompareTableInput {
  database: string;
  /** The table on each side; undefined where the target has none of that name. */
  table: Table;
  targetTable: Table | undefined;
  source: Session;
  target: Session;
  /** When the databases' encodings differ, the hash is made over UTF-8 on both sides: dearer, but comparable. */
  haveSameEncoding: boolean;
}

/** Compares one table by row count and content hash. Both are computed by the servers, at the same time. */
export async function compareTable(input: CompareTableInput): Promise<TableComparison> {
  const { table, targetTable, source, target, haveSameEncoding } = input;
  const sourceSql = digestSql(table, haveSameEncoding);
  // Everything that the target holds counts, also what a row filter would have kept out.
  const targetSql = digestSql({ ...table, predicate: null }, haveSameEncoding);
  const obstacle = findObstacle(table, targetTable);
  const [onSource, onTarget] = await Promise.all([
    readDigest(source, table, sourceSql),
    obstacle === null ? readDigest(target, table, targetSql) : null,
  ]);
  const difference = obstacle ?? describeDifference(onSource, onTarget);
  return {
    database: input.database,
    table: table.label,
    source_rows: onSource.rows,
    target_rows: onTarget?.rows ?? null,
    equal: difference === null,
    difference,
  };
}

/** Why the target's table cannot even be read like the source's. */
function findObstacle(table: Table, targetTable: Table | undefined): string | null {
  if (targetTable === undefined) return 'the table is missing on the target';
  const present = new Set(targetTable.columns);
  const missing = table.columns.filter((column) => !present.has(column));
  if (missing.length > 0) return `columns missing on the target: ${missing.join(', ')}`;
  const known = new Set(table.columns);
  const added = targetTable.columns.filter((column) => !known.has(column));
  return added.length > 0 ? `columns that only the target has: ${added.join(', ')}` : null;
}

async function readDigest(session: Session, table: Table, sql: string): Promise<ContentDigest> {
  const row = await session.queryOne<{ rows: string; hash: string }>(
    `read the contents of ${table.label}`,
    sql,
  );
  return { rows: Number(row.rows), hash: row.hash };
}

/** All columns are named: the sides may hold them in another order, or have dropped different ones. */
function digestSql(table: Table, haveSameEncoding: boolean): string {
  const hash = rowHash(table.columns, haveSameEncoding);
  return `SELECT pg_catalog.count(*)::text AS rows, coalesce(pg_catalog.sum(${hash}), 0)::text AS hash
          FROM ${rowsOf(table)}`;
}

function describeDifference(source: ContentDigest, target: ContentDigest | null): string | null {
  if (target === null) return null;
  if (source.rows !== target.rows) return `${source.rows} rows on the source, ${target.rows} on the target`;
  return source.hash === target.hash ? null : 'the same number of rows, but different contents';
}
