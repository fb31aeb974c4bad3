/**
 * The order in which a schema is restored around its rows: lists to go through one by one, and between them a graph
 * to go through in parallel.
 *
 * PostgreSQL's pg_backup_archiver.c: `_tocEntryRequired` (what is left out), `_tocEntryRestorePass` (what comes
 * last), `repoint_table_dependencies` (depending on a table means its rows), `identify_locking_dependencies`.
 */
import type { Archive, ArchiveEntry, ArchiveSection } from './archive.ts';
import { comesAfterPrivileges, isAboutDatabase, isPrivilege, isSetting } from './entry-kinds.ts';
import { restoreItems, type RestoreItem } from './restore-items.ts';

export type { RestoreItem } from './restore-items.ts';

export interface RestorePlan {
  /**
   * The database, its settings, comment and grants, under the source's name: for whoever creates databases. All
   * else is restored into a database that is there.
   */
  readonly database: readonly ArchiveEntry[];
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
  const database: ArchiveEntry[] = [];
  const beforeData: ArchiveEntry[] = [];
  const afterDataEntries: ArchiveEntry[] = [];
  const privileges: ArchiveEntry[] = [];
  const afterPrivileges: ArchiveEntry[] = [];
  let section: ArchiveSection = 'pre-data';
  for (const entry of archive.entries) {
    // Comments and the like belong to no section: they follow their object.
    if (entry.section !== 'none') section = entry.section;
    if (isSetting(entry) || section === 'data') continue;
    if (isAboutDatabase(entry)) database.push(entry);
    else if (isPrivilege(entry)) privileges.push(entry);
    else if (comesAfterPrivileges(entry)) afterPrivileges.push(entry);
    else if (section === 'post-data') afterDataEntries.push(entry);
    else beforeData.push(entry);
  }
  const { early, items } = restoreItems(afterDataEntries, archive.entries);
  return { database, beforeData: [...beforeData, ...early], afterData: items, privileges, afterPrivileges };
}
