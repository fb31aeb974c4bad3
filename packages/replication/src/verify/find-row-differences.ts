/**
 * Names a few of the rows in which tables differ. For at most MAX_TABLES of them, the smallest first: each costs two or
 * three more scans. The servers do the work; what travels is sums, then hashes of few rows, then those rows.
 */
import type { TableComparison } from '@seren-replicator/job-models';
import { isSpread } from '../catalog/list-tables.ts';
import { readRowKeys } from '../catalog/read-row-keys.ts';
import { describeRows } from './describe-rows.ts';
import { fitEvidence } from './fit-evidence.ts';
import { locateDifferences, type LocatedRow, type RowSearch } from './locate-differences.ts';
import { rowText, textHash } from './row-hash.ts';
import type { ScanDeps } from './scan-tables.ts';

const MAX_TABLES = 10;
const MAX_ROWS = 10;

export interface DifferingTable extends Pick<RowSearch, 'source' | 'target' | 'rows' | 'rowHash'> {
  /** Gets the evidence. */
  comparison: TableComparison;
}

export async function findRowDifferences(
  deps: ScanDeps,
  tables: readonly DifferingTable[],
  haveSameEncoding: boolean,
): Promise<void> {
  // Rows of several partitions can have one place.
  const placed = tables.filter(({ source }) => !isSpread(source));
  const chosen = placed.sort((a, b) => a.source.bytes - b.source.bytes).slice(0, MAX_TABLES);
  if (chosen.length === 0) return;
  const keys = await readRowKeys(
    deps.lanes[0].source,
    chosen.map(({ source }) => source.oid),
  );
  for (const { comparison, ...table } of chosen) {
    const key = keys.get(table.source.oid) ?? null;
    const keyHash = key === null ? table.rowHash : textHash(rowText(key), haveSameEncoding);
    const search: RowSearch = { deps, ...table, haveSameEncoding, key, keyHash };
    const located = (await locateDifferences(search)).sort(byKind).slice(0, MAX_ROWS);
    const rows = await describeRows(search, located);
    if (rows.length > 0) comparison.evidence = fitEvidence(rows);
  }
}

const kinds: readonly LocatedRow['kind'][] = ['different', 'missing on target', 'only on target'];

function byKind(a: LocatedRow, b: LocatedRow): number {
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind);
}
