/**
 * The parallel part of a copy as one list of tasks: the rows of every table, and every index, constraint and trigger
 * as soon as the tables it stands on are in.
 */
import type { Table } from '../catalog/list-tables.ts';
import { copyTable } from '../copy/copy-table.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { LockMode, Task } from '../schedule/run-tasks.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import type { Lane } from '../snapshot/with-lanes.ts';
import { applyEntries } from './apply-entries.ts';

export interface PlanCopyTasksInput {
  tables: readonly Table[];
  items: readonly RestoreItem[];
  options: RestoreOptions;
  progress: ProgressTracker;
  signal: AbortSignal;
}

export function planCopyTasks(input: PlanCopyTasksInput): Task<Lane>[] {
  const bytesByTable = new Map(input.tables.map(({ oid, bytes }) => [oid, bytes]));
  return [
    ...input.tables.map((table) => planRows(table, input)),
    ...input.items.map((item) => planItem(item, bytesByTable, input.options)),
  ];
}

function planRows(table: Table, { progress, signal }: PlanCopyTasksInput): Task<Lane> {
  return {
    id: rowsId(table.oid),
    weight: table.bytes,
    waitsFor: new Set(),
    // Rows are loaded under an exclusive lock of the table (TRUNCATE).
    locks: new Map([[lockName(table.oid), 'exclusive']]),
    run: async ({ source, target }) => {
      progress.startTable(table, 'copy');
      const onBytes = (bytes: number) => progress.addBytes(table, bytes);
      const rows = await copyTable({ table, source, target, onBytes, signal });
      progress.finishTable(table, rows);
    },
  };
}

function planItem(
  item: RestoreItem,
  bytesByTable: ReadonlyMap<number, number>,
  options: RestoreOptions,
): Task<Lane> {
  const lockedBytes = item.locks.map(({ table }) => bytesByTable.get(table) ?? 0);
  return {
    id: itemId(item.entry.dumpId),
    weight: Math.max(0, ...lockedBytes),
    waitsFor: new Set([...item.waitsForTables.map(rowsId), ...item.waitsFor.map(itemId)]),
    locks: new Map(item.locks.map(({ table, mode }): [string, LockMode] => [lockName(table), mode])),
    run: ({ target }) => applyEntries(target, [item.entry], options),
  };
}

function rowsId(tableOid: number): string {
  return `rows ${tableOid}`;
}

function itemId(dumpId: number): string {
  return `item ${dumpId}`;
}

function lockName(tableOid: number): string {
  return `table ${tableOid}`;
}
