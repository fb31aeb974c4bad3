/**
 * The parallel part of a copy as one list of tasks: the rows of every table, in parts where it is large, and every
 * index, constraint and trigger as soon as the tables it stands on are in.
 */
import type { Table } from '../catalog/list-tables.ts';
import { copyPart } from '../copy/copy-part.ts';
import { splitTable } from '../copy/split-table.ts';
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
  lanes: number;
  sourceVersionNum: number;
  progress: ProgressTracker;
  signal: AbortSignal;
}

export function planCopyTasks(input: PlanCopyTasksInput): Task<Lane>[] {
  const rowsByTable = new Map(input.tables.map((table) => [table.oid, planRows(table, input)]));
  const bytesByTable = new Map(input.tables.map(({ oid, bytes }) => [oid, bytes]));
  return [
    ...[...rowsByTable.values()].flat(),
    ...input.items.map((item) => ({
      ...planItem(item, input.options),
      weight: Math.max(0, ...item.locks.map(({ table }) => bytesByTable.get(table) ?? 0)),
      waitsFor: new Set([
        ...item.waitsForTables.flatMap((oid) => rowsByTable.get(oid)?.map(({ id }) => id) ?? []),
        ...item.waitsFor.map(itemId),
      ]),
    })),
  ];
}

function planRows(table: Table, input: PlanCopyTasksInput): Task<Lane>[] {
  const { lanes, sourceVersionNum, progress, signal } = input;
  const parts = splitTable({ table, lanes, sourceVersionNum });
  let partsLeft = parts.length;
  let rows = 0;
  return parts.map((part, index) => ({
    id: `rows ${table.oid} part ${index}`,
    // All parts of the largest table come before the next table: its indexes wait for the last of them.
    weight: table.bytes,
    waitsFor: new Set(),
    locks: new Map([[lockName(table.oid), part.range === null ? 'exclusive' : 'shared']]),
    run: async ({ source, target }) => {
      progress.startTable(table, 'copy');
      const onBytes = (bytes: number) => progress.addBytes(table, bytes);
      const copied = await copyPart({ part, source, target, onBytes, signal });
      rows += copied;
      partsLeft -= 1;
      if (partsLeft === 0) progress.finishTable(table, rows);
    },
  }));
}

function planItem(item: RestoreItem, options: RestoreOptions): Pick<Task<Lane>, 'id' | 'locks' | 'run'> {
  return {
    id: itemId(item.entry.dumpId),
    locks: new Map(item.locks.map(({ table, mode }): [string, LockMode] => [lockName(table), mode])),
    run: ({ target }) => applyEntries(target, [item.entry], options),
  };
}

function itemId(dumpId: number): string {
  return `item ${dumpId}`;
}

function lockName(tableOid: number): string {
  return `table ${tableOid}`;
}
