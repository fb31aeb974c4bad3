/**
 * Takes back what an earlier run did to tables that have to be copied again, in whole or in part: their constraints to
 * other tables, triggers and rules would stand in the way of the rows, or act on them. Indexes and keys may stay: all
 * changed rows leave before the new ones come. What is taken back is built again when the rows are in.
 */
import pg from 'pg';
import { oidsOf, rowsName } from '../catalog/list-tables.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import type { RestoreItem, RestorePlan } from '../schema/restore-plan.ts';
import type { Session } from '../session/session.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { ComparedTable } from './compare-parts.ts';
import { keyOf } from './entry-key.ts';

/** What may stay while rows are replaced: what holds for all rows that were there. */
const staying: ReadonlySet<string> = new Set([
  'INDEX',
  'CONSTRAINT',
  'INDEX ATTACH',
  'STATISTICS',
  'COMMENT',
  'POLICY',
]);

export async function undoChanged(
  target: Session,
  checkpoint: Checkpoint,
  plan: RestorePlan,
  changed: readonly ComparedTable[],
): Promise<void> {
  if (changed.length === 0) return;
  await undoItems(target, checkpoint, findItemsToUndo(checkpoint, plan.afterData, changed));
  await forgetRefreshes(target, checkpoint, plan.afterPrivileges);
  for (const comparison of changed) await removeRows(target, checkpoint, comparison);
}

/** Finished items that stand on a changed table, and all that stands on those. */
function findItemsToUndo(
  checkpoint: Checkpoint,
  items: readonly RestoreItem[],
  changed: readonly ComparedTable[],
): ArchiveEntry[] {
  const oids = new Set(changed.flatMap(({ table }) => oidsOf(table)));
  const undone = new Set<number>();
  const entries: ArchiveEntry[] = [];
  for (const { entry, waitsForTables, waitsFor } of items) {
    const standsOnTable = !mayStay(entry) && waitsForTables.some((oid) => oids.has(oid));
    const standsOnUndone = waitsFor.some((dumpId) => undone.has(dumpId));
    if (!standsOnTable && !standsOnUndone) continue;
    undone.add(entry.dumpId);
    if (checkpoint.doneKeys.has(keyOf(entry))) entries.push(entry);
  }
  return entries.reverse();
}

/** A constraint that was never validated would refuse old rows that break it. */
function mayStay({ kind, definition }: ArchiveEntry): boolean {
  return staying.has(kind) && !/ NOT VALID;\s*$/.test(definition);
}

async function undoItems(
  target: Session,
  checkpoint: Checkpoint,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  if (entries.length === 0) return;
  const keys = entries.map(keyOf);
  const drops = entries.map(({ dropStatement }) => dropStatement).join('\n');
  await target.execute('take back what stands on changed tables', `${drops}\n${checkpoint.unmarkDone(keys)}`);
  checkpoint.noteUndone(keys);
}

/** Materialised views may read from what has changed: they are refreshed again. */
async function forgetRefreshes(
  target: Session,
  checkpoint: Checkpoint,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  const keys = entries.filter(({ kind }) => kind === 'MATERIALIZED VIEW DATA').map(keyOf);
  if (keys.length === 0) return;
  await target.execute('update its checkpoint', checkpoint.unmarkDone(keys));
  checkpoint.noteUndone(keys);
}

/** All changed parts of a table leave at once: a row that moved from one part to another must not be there twice. */
async function removeRows(target: Session, checkpoint: Checkpoint, comparison: ComparedTable): Promise<void> {
  const { table, kept, changed, hasForeignRows } = comparison;
  const name = rowsName(table);
  const ids = [...changed, ...(hasForeignRows ? kept : [])].map(({ id }) => id);
  const loaders = changed.map(
    ({ transactionId }) => `${pg.escapeLiteral(transactionId ?? '0')}::pg_catalog.xid`,
  );
  const remove =
    hasForeignRows || kept.length === 0
      ? `TRUNCATE ${name};`
      : `DELETE FROM ${name} WHERE xmin IN (${loaders.join(', ')});`;
  await target.execute(`remove changed rows of ${table.label}`, `${remove}\n${checkpoint.unmarkParts(ids)}`);
  checkpoint.noteParts(
    checkpoint.parts.map((part) => (ids.includes(part.id) ? { ...part, transactionId: null } : part)),
  );
}
