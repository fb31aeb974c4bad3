/**
 * How much memory an index is built in. More is not better: what does not fit into a processor's caches is waited for
 * at every comparison. Sorts of rows that come in no order, and inverted indexes, gain most; rows that come in the
 * index's own order gain nothing. `scripts/bench --switches` measures what it is worth.
 *
 * Both methods have a way to do with less, and its cost is what bounds how much less:
 *
 * - Search trees are sorted in runs, which are then merged: in one pass, as long as there is a buffer for each run.
 * - Inverted indexes are gathered in memory and then added to what is on disk, some entries to every page of it: for
 *   nothing while those pages stay in the server's shared memory, and once for each gathering when they do not.
 *
 * Other methods take what the server gives: what those of extensions do with it is not known, and some cannot do with
 * less.
 *
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/sort/tuplesort.c (merge order),
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/access/gin/gininsert.c (ginBuildCallback)
 */
import { oidsOf, type Table } from '../catalog/list-tables.ts';
import type { IndexFacts } from '../catalog/read-index-facts.ts';
import type { ServerMemory } from '../catalog/read-server-memory.ts';
import type { Tuning } from '../tuning.ts';
import type { ItemBundle } from './bundle-items.ts';
import type { IndexOfItem } from './index-finder.ts';

/** A part of the caches that several sessions have to share. */
const CACHED_BYTES = 8 * 1024 * 1024;
/** A run's buffer while it is merged, of 32 blocks, and two blocks for its file. */
const BYTES_PER_RUN = 34 * 8192;
/** What is sorted, at the most, against the rows it is taken from: they have as much of their own beside their values. */
const SORTED_SHARE = 2;
/** Other sessions need the rest. */
const INVERTED_SHARE = 1 / 4;

export interface BuildMemoryInput {
  /** As it is at the source. */
  index: Pick<IndexFacts, 'method' | 'bytes'>;
  /** Of the table's rows. */
  tableBytes: number;
  /** Of the target. */
  memory: ServerMemory;
}

export interface BuildMemoryOfInput {
  tables: readonly { table: Table }[];
  indexOf: IndexOfItem;
  targetMemory: ServerMemory;
  tuning: Pick<Tuning, 'cachedIndexes'>;
}

/** Tells what the indexes of a bundle are built in: bytes; null where the server's own setting is to stay. */
export function buildMemoryOf(input: BuildMemoryOfInput): (bundle: ItemBundle) => number | null {
  const { tables, indexOf, targetMemory: memory, tuning } = input;
  if (!tuning.cachedIndexes) return () => null;
  const bytesByTable = new Map(
    // A leaf that is copied with its tree may hold all of it.
    tables.flatMap(({ table }) => oidsOf(table).map((oid): [number, number] => [oid, table.bytes])),
  );
  return (bundle) => {
    const wanted = bundle.flatMap((item) => {
      const index = indexOf(item);
      if (index === undefined) return [];
      const tableBytes = Math.max(0, ...item.waitsForTables.map((oid) => bytesByTable.get(oid) ?? 0));
      return [chooseBuildMemory({ index, tableBytes, memory })];
    });
    const bytes = wanted.filter((choice) => choice !== null);
    return bytes.length === 0 || bytes.length < wanted.length ? null : Math.max(...bytes);
  };
}

/** @returns bytes; null where the server's own setting is to stay */
export function chooseBuildMemory({ index, tableBytes, memory }: BuildMemoryInput): number | null {
  // What the server would have sorted in memory might be too much for its files.
  if (memory.limitsTemporaryFiles) return null;
  const wanted = wantedBytes(index, tableBytes, memory);
  return wanted !== null && wanted < memory.maintenanceBytes ? wanted : null;
}

function wantedBytes(
  { method, bytes }: BuildMemoryInput['index'],
  tableBytes: number,
  { sharedBufferBytes }: ServerMemory,
): number | null {
  switch (method) {
    case 'btree':
      // Of m bytes each there are sorted / m runs, which need that many buffers.
      return Math.max(CACHED_BYTES, Math.sqrt(SORTED_SHARE * tableBytes * BYTES_PER_RUN));
    case 'gin':
      return bytes <= INVERTED_SHARE * sharedBufferBytes ? CACHED_BYTES : null;
    default:
      return null;
  }
}
