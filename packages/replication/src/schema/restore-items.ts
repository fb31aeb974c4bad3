/**
 * What each entry of the parallel part waits for and locks. pg_restore takes the dependencies in the archive as they
 * are; here partitions are looked through, because rows are copied into leaves while pg_dump names the root:
 *
 * - An index or a primary key `ON ONLY` a partitioned table reads no rows, and the partitions' own indexes wait for
 *   it. It comes before the rows, when nobody holds a lock on the root: every COPY into a leaf does.
 * - Attaching a partition's index locks the root. It waits for the rows of all partitions.
 * - A foreign key or trigger of a partitioned table is one of all its partitions: it waits for and locks all.
 */
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
  /** It takes no time, however large its tables are. */
  readonly isShort?: boolean;
}

interface TableLock {
  /** `pg_class.oid` at the source. */
  readonly table: number;
  readonly mode: 'shared' | 'exclusive';
}

/**
 * @param entries what belongs after the rows, in the archive's order.
 * @param archiveEntries all of the archive: the tables that the entries depend on are there.
 * @returns `early`: those that can and should come before the rows after all; `items`: the others.
 */
export function restoreItems(
  entries: readonly ArchiveEntry[],
  archiveEntries: readonly ArchiveEntry[],
): { early: ArchiveEntry[]; items: RestoreItem[] } {
  const tables = tableOids(archiveEntries);
  const partitions = partitionsOf(archiveEntries);
  const late = new Set(entries.map(({ dumpId }) => dumpId));
  const early: ArchiveEntry[] = [];
  const items: RestoreItem[] = [];
  for (const entry of entries) {
    const dependencies = [...new Set(entry.dependencies)];
    const ownTables = dependencies.filter((dumpId) => tables.has(dumpId));
    const isForRoot = ownTables.length === 1 && ownTables.every((dumpId) => partitions(dumpId).length > 0);
    const waitsFor = dependencies.filter((dumpId) => late.has(dumpId));
    if (isForRoot && waitsFor.length === 0 && isWithoutPartitions(entry)) {
      late.delete(entry.dumpId);
      early.push(entry);
      continue;
    }
    const allTables = [...new Set(ownTables.flatMap((dumpId) => [dumpId, ...partitions(dumpId)]))];
    const lockedTables = entry.kind === 'INDEX ATTACH' ? ownTables : allTables;
    const toOids = (dumpIds: number[]): number[] => dumpIds.flatMap((dumpId) => tables.get(dumpId) ?? []);
    const locks = lockModes(entry, toOids(lockedTables));
    items.push({ entry, waitsForTables: toOids(allTables), waitsFor, locks });
  }
  return { early, items };
}

/** Whether the entry for a partitioned table says ONLY: of keys it does, of a NOT NULL that is not validated not. */
function isWithoutPartitions({ kind, definition }: ArchiveEntry): boolean {
  if (kind !== 'CONSTRAINT') return kind === 'INDEX';
  const [statement] = splitStatements(definition);
  const words = statement?.tokens.slice(0, 3).map(({ start, end }) => definition.slice(start, end));
  return words?.join(' ') === 'ALTER TABLE ONLY';
}

/** By dump id. */
function tableOids(entries: readonly ArchiveEntry[]): Map<number, number> {
  const tables = entries.filter(({ kind }) => kind === 'TABLE');
  return new Map(tables.map(({ dumpId, catalogId }) => [dumpId, catalogId.oid]));
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
