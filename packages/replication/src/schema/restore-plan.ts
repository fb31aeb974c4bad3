/**
 * The order in which a schema is restored around its rows: three lists to go through one by one, and between them a
 * graph to go through in parallel.
 *
 * PostgreSQL's pg_backup_archiver.c: `_tocEntryRestorePass` (what comes when), `repoint_table_dependencies` (an
 * index that depends on a table means the table's rows), `identify_locking_dependencies` (what would deadlock).
 */
import type { Archive, ArchiveEntry, ArchiveSection } from './archive.ts';
import { comesAfterPrivileges, isPrivilege, isSetting } from './entry-kinds.ts';
import { restoreItems, type RestoreItem } from './restore-items.ts';

export type { RestoreItem, TableLock } from './restore-items.ts';

export interface RestorePlan {
  /** In this order, before any row: schemas, types, functions, tables, views, defaults. */
  readonly beforeData: readonly ArchiveEntry[];
  /** Indexes, constraints, triggers, …: each as soon as what it waits for is done. Listed in a possible order. */
  readonly afterData: readonly RestoreItem[];
  /** In this order, after all of `afterData`: grants, default privileges. */
  readonly privileges: readonly ArchiveEntry[];
  /** In this order, after the privileges: refreshes of materialised views, event triggers. */
  readonly afterPrivileges: readonly ArchiveEntry[];
}

/** Sorts an archive's entries; those that are settings of the session (`sessionSettings`) are left out. */
export function planRestore(archive: Archive): RestorePlan {
  const beforeData: ArchiveEntry[] = [];
  const afterDataEntries: ArchiveEntry[] = [];
  const privileges: ArchiveEntry[] = [];
  const afterPrivileges: ArchiveEntry[] = [];
  let section: ArchiveSection = 'pre-data';
  for (const entry of archive.entries) {
    // Comments and the like belong to no section: they follow their object.
    if (entry.section !== 'none') section = entry.section;
    if (isSetting(entry) || section === 'data') continue;
    if (isPrivilege(entry)) privileges.push(entry);
    else if (comesAfterPrivileges(entry)) afterPrivileges.push(entry);
    else if (section === 'post-data') afterDataEntries.push(entry);
    else beforeData.push(entry);
  }
  const afterData = restoreItems(afterDataEntries, archive.entries);
  return { beforeData, afterData, privileges, afterPrivileges };
}
