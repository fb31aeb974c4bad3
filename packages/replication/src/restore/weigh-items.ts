import type { Table } from '../catalog/list-tables.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';
import type { IndexOfItem } from './index-finder.ts';

/**
 * What a byte of an index takes to build, against a byte of rows to copy: an inverted index has many entries for each
 * row, a search tree of boxes is built by inserting one after the other.
 */
const weightsByMethod: ReadonlyMap<string, number> = new Map([
  ['btree', 1],
  ['hash', 1],
  ['gin', 5],
  ['gist', 4],
  ['spgist', 3],
]);
const OTHER_METHODS_WEIGHT = 2;
/** The table's rows are read, and sorted for most methods, however small what comes of it. */
const LEAST_INDEX_WEIGHT = 0.3;
/** A foreign key is checked by one join, of which the referencing table is the larger part. */
const FOREIGN_KEY_WEIGHT = 0.2;

export interface WeighItemsInput {
  tables: readonly { table: Table }[];
  indexOf: IndexOfItem;
}

/** What each item costs, in about the time that this many bytes of rows take. */
export function weighItems(
  items: readonly RestoreItem[],
  { tables, indexOf }: WeighItemsInput,
): Map<RestoreItem, number> {
  const bytesByTable = new Map(tables.map(({ table }) => [table.oid, table.bytes]));
  const largest = (oids: readonly number[]) => Math.max(0, ...oids.map((oid) => bytesByTable.get(oid) ?? 0));
  const weigh = (item: RestoreItem): number => {
    const index = indexOf(item);
    if (index !== undefined) {
      const weight = index.bytes * (weightsByMethod.get(index.method) ?? OTHER_METHODS_WEIGHT);
      return Math.max(weight, LEAST_INDEX_WEIGHT * largest(item.waitsForTables));
    }
    if (item.isShort === true || item.entry.kind !== 'FK CONSTRAINT') return 0;
    return FOREIGN_KEY_WEIGHT * largest(item.locks.map(({ table }) => table));
  };
  return new Map(items.map((item) => [item, weigh(item)]));
}
