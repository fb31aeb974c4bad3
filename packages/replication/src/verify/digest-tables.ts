import type { ReplicatorError } from '@seren-replicator/job-models';
import type { Table } from '../catalog/list-tables.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Side } from '../session/pinned-settings.ts';
import { scanTables, type ScanDeps, type ScannedRow, type TableScan } from './scan-tables.ts';

/** Equal for tables that hold the same rows, in whatever order. */
interface Digest {
  rows: number;
  /** Sum of the rows' hashes: a row that is there twice counts twice. */
  hash: bigint;
}

export interface TableDigests {
  source: Digest;
  /** Of a target that was not read: no rows. */
  target: Digest;
  /** Set when a server could not read the table: the digests mean nothing. */
  failure: ReplicatorError | null;
}

/** One table to read; what is hashed of a row is SQL that is the same for both sides. */
export interface DigestedTable {
  source: Table;
  target: Table | undefined;
  rowHash: string;
}

/**
 * Reads whole tables and gives the digest of each, in the order of `tables`. One that could not be read stays active in
 * `progress`: it may be read in another way.
 */
export async function digestTables(
  deps: ScanDeps,
  tables: readonly DigestedTable[],
  progress: ProgressTracker,
): Promise<TableDigests[]> {
  const digests = tables.map((): TableDigests => ({
    source: { rows: 0, hash: 0n },
    target: { rows: 0, hash: 0n },
    failure: null,
  }));
  const scans = tables.flatMap((table, index) => {
    const sums = digests[index];
    return sums === undefined ? [] : digestScan(deps, table, sums, progress);
  });
  await scanTables(deps, scans);
  return digests;
}

function digestScan(
  { read }: ScanDeps,
  { source, target, rowHash }: DigestedTable,
  digests: TableDigests,
  progress: ProgressTracker,
): TableScan {
  const take = (side: Side, rows: readonly ScannedRow[]): void => {
    for (const { rows: count, hash } of rows) {
      digests[side].rows += Number(count);
      digests[side].hash += BigInt(hash ?? 0);
      read[side].rows += Number(count);
    }
  };
  return {
    tables: { source, ...(target !== undefined && { target }) },
    doing: `read the contents of ${source.label}`,
    sql: (rows) =>
      `SELECT pg_catalog.count(*)::text AS rows, coalesce(pg_catalog.sum(${rowHash}), 0)::text AS hash FROM ${rows}`,
    start: () => progress.startTable(source, 'verify'),
    take: (part, share) => {
      take('source', part.source);
      take('target', part.target);
      progress.addBytes(source, source.bytes * share);
    },
    finish: () => progress.finishTable(source, digests.source.rows),
    fail: (error) => {
      digests.failure = error;
    },
  };
}
