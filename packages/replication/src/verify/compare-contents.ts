/**
 * Equality of tables' contents without moving rows: each server hashes every row and adds the hashes up, so that the
 * order of rows does not matter and a duplicate row does. A table that cannot be compared is told of as one that
 * differs: what was not read is not equal.
 */
import type { TableComparison } from '@seren-replicator/job-models';
import type { Table } from '../catalog/list-tables.ts';
import { listByteaColumns } from '../catalog/list-bytea-columns.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { digestTables, type DigestedTable, type TableDigests } from './digest-tables.ts';
import { findRowDifferences } from './find-row-differences.ts';
import { rowHash, rowHashByColumn } from './row-hash.ts';
import type { ScanDeps } from './scan-tables.ts';

export interface CompareContentsInput {
  database: string;
  /** Of the source. */
  tables: readonly Table[];
  targetTables: readonly Table[];
  /** Else hashes are made over UTF-8 on both sides. */
  haveSameEncoding: boolean;
  progress: ProgressTracker;
}

/** What is known about one table of the source. */
interface Compared {
  source: Table;
  /** Undefined where the target has no such table. */
  target: Table | undefined;
  /** Why the target's table cannot even be read like the source's; null when it can. */
  obstacle: string | null;
  digests: TableDigests;
  /** What was hashed of a row. */
  rowHash: string;
}

/** Compares all tables, several at a time and the largest first; the answer is in the order of `tables`. */
export async function compareContents(
  deps: ScanDeps,
  input: CompareContentsInput,
): Promise<TableComparison[]> {
  const compared = await compareByRow(deps, input);
  await repeatByColumn(deps, input, compared);
  const comparisons = compared.map((one) => toComparison(input.database, one));
  const differing = compared.flatMap(({ source, target, obstacle, digests, rowHash: hash }, index) => {
    const comparison = comparisons[index];
    const isReadable = obstacle === null && target !== undefined && digests.failure === null;
    if (comparison === undefined || comparison.equal || !isReadable) return [];
    const rows = Math.max(digests.source.rows, digests.target.rows);
    return { source, target, rows, rowHash: hash, comparison };
  });
  await findRowDifferences(deps, differing, input.haveSameEncoding);
  return comparisons;
}

async function compareByRow(deps: ScanDeps, input: CompareContentsInput): Promise<Compared[]> {
  const targetTables = new Map(input.targetTables.map((table) => [keyOf(table), table]));
  const pairs = input.tables.map((source) => {
    const target = targetTables.get(keyOf(source));
    // All columns are named: the sides may hold them in another order, or have dropped different ones.
    const hash = rowHash(source.columns, input.haveSameEncoding);
    return { source, target, obstacle: findObstacle(source, target), rowHash: hash };
  });
  const digests = await digestTables(deps, pairs.map(toDigested), input.progress);
  return pairs.flatMap((pair, index) => {
    const ofPair = digests[index];
    return ofPair === undefined ? [] : { ...pair, digests: ofPair };
  });
}

/** Rows may be too long to be put together as one text; then every column is hashed by itself. */
async function repeatByColumn(
  deps: ScanDeps,
  input: CompareContentsInput,
  compared: Compared[],
): Promise<void> {
  const failed = compared.filter(({ digests }) => digests.failure !== null);
  if (failed.length === 0) return;
  const byteaColumns = await listByteaColumns(
    deps.lanes[0].source,
    failed.map(({ source }) => source.oid),
  );
  for (const one of failed) {
    const ofTable = byteaColumns.get(one.source.oid) ?? new Set();
    one.rowHash = rowHashByColumn(one.source.columns, ofTable, input.haveSameEncoding);
  }
  const digests = await digestTables(deps, failed.map(toDigested), input.progress);
  for (const [index, one] of failed.entries()) {
    one.digests = digests[index] ?? one.digests;
    if (one.digests.failure !== null) input.progress.finishTable(one.source, 0);
  }
}

/** Everything that the target holds counts, also what a row filter would have kept out. */
function toDigested({ source, target, obstacle, rowHash: hash }: Omit<Compared, 'digests'>): DigestedTable {
  return { source, target: obstacle === null ? target : undefined, rowHash: hash };
}

function findObstacle(table: Table, target: Table | undefined): string | null {
  if (target === undefined) return 'the table is missing on the target';
  const present = new Set(target.columns);
  const missing = table.columns.filter((column) => !present.has(column));
  if (missing.length > 0) return `columns missing on the target: ${missing.join(', ')}`;
  const known = new Set(table.columns);
  const added = target.columns.filter((column) => !known.has(column));
  return added.length > 0 ? `columns that only the target has: ${added.join(', ')}` : null;
}

function toComparison(database: string, { source, obstacle, digests }: Compared): TableComparison {
  const difference = obstacle ?? describeDifference(digests);
  return {
    database,
    table: source.label,
    source_rows: digests.failure === null ? digests.source.rows : null,
    target_rows: digests.failure === null && obstacle === null ? digests.target.rows : null,
    equal: difference === null,
    difference,
  };
}

function describeDifference({ source, target, failure }: TableDigests): string | null {
  if (failure !== null) return `could not be compared: ${failure.message}`;
  if (source.rows !== target.rows) return `${source.rows} rows on the source, ${target.rows} on the target`;
  return source.hash === target.hash ? null : 'the same number of rows, but different contents';
}

function keyOf({ schema, name }: Table): string {
  return JSON.stringify([schema, name]);
}
