import type { ArchiveEntry } from './archive.ts';
import { isDescription } from './entry-kinds.ts';
import { partitionsOf } from './partitions-of.ts';
import { splitStatements } from './split-statements.ts';

/** One entry of the part that is restored in parallel, and what it needs. */
export interface RestoreItem {
  readonly entry: ArchiveEntry;
  /**
   * Tables (`pg_class.oid` at the source) whose rows must all be there: those that the entry depends on, with their
   * partitions. Tables that have no rows of their own, or whose rows are not copied, count as ready.
   */
  readonly waitsForTables: readonly number[];
  /** Dump ids of other items that must be done. */
  readonly waitsFor: readonly number[];
  /** Two items that lock the same table, at least one of them exclusively, must not run at the same time. */
  readonly locks: readonly TableLock[];
}

export interface TableLock {
  /** `pg_class.oid` at the source. */
  readonly table: number;
  readonly mode: 'shared' | 'exclusive';
}

/**
 * @param entries what is to be restored after the rows, in the archive's order.
 * @param archiveEntries all of the archive: the tables that the entries depend on are there.
 */
export function restoreItems(
  entries: readonly ArchiveEntry[],
  archiveEntries: readonly ArchiveEntry[],
): RestoreItem[] {
  const items = new Set(entries.map(({ dumpId }) => dumpId));
  const tables = new Map(
    archiveEntries.filter(({ kind }) => kind === 'TABLE').map((entry) => [entry.dumpId, entry]),
  );
  const partitions = partitionsOf(archiveEntries);
  return entries.map((entry) => {
    const dependencies = [...new Set(entry.dependencies)];
    const itsTables = dependencies.filter((dumpId) => tables.has(dumpId));
    const withPartitions = itsTables.flatMap((dumpId) => [dumpId, ...partitions(dumpId)]);
    const oids = [...new Set(withPartitions)].flatMap((dumpId) => tables.get(dumpId)?.catalogId.oid ?? []);
    return {
      entry,
      waitsForTables: oids,
      waitsFor: dependencies.filter((dumpId) => items.has(dumpId)),
      locks: lockModes(entry, oids),
    };
  });
}

/**
 * CREATE INDEX shares its table with other index builds; everything else is kept alone. An index whose entry also
 * says CLUSTER ON or REPLICA IDENTITY asks for a stronger lock while it holds the weaker one: two of them on one
 * table would wait for each other.
 */
function lockModes(entry: ArchiveEntry, tables: readonly number[]): TableLock[] {
  if (isDescription(entry)) return [];
  const isShared = entry.kind === 'INDEX' && splitStatements(entry.definition).length === 1;
  return tables.map((table) => ({ table, mode: isShared ? 'shared' : 'exclusive' }));
}
