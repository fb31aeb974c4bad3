/**
 * The parallel part of a copy as one list of tasks: the rows of every table, in parts where it is large, and every
 * index, constraint and trigger as soon as the tables it stands on are in. What the checkpoint knows as done is left
 * out.
 */
import { oidsOf, type Table } from '../catalog/list-tables.ts';
import type { IndexFacts } from '../catalog/read-index-facts.ts';
import type { ServerMemory } from '../catalog/read-server-memory.ts';
import { reloadDone } from '../checkpoint/open-checkpoint.ts';
import type { RowFormat } from '../copy/choose-row-format.ts';
import type { RateLimit } from '../copy/rate-limit.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { LockMode, Task } from '../schedule/run-tasks.ts';
import type { Lane } from '../snapshot/lane.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Tuning } from '../tuning.ts';
import { applyEntries, type ApplyContext } from './apply-entries.ts';
import type { ItemBundle } from './bundle-items.ts';
import { buildMemoryOf } from './choose-build-memory.ts';
import { indexFinder } from './index-finder.ts';
import { copyPlannedPart, type PlannedTable } from './plan-parts.ts';
import { bundleId, lockName, rowsId } from './task-ids.ts';
import { weighItems } from './weigh-items.ts';

export interface PlanCopyTasksInput extends ApplyContext {
  tables: readonly PlannedTable[];
  /** What is not done yet. */
  bundles: readonly ItemBundle[];
  /** The source's, by oid. */
  indexFacts: ReadonlyMap<number, IndexFacts>;
  targetMemory: ServerMemory;
  progress: ProgressTracker;
  repeat: RepeatDeps;
  rowFormat: RowFormat;
  tuning: Tuning;
  /** Shared by all lanes. */
  rate: RateLimit;
}

export function planCopyTasks(input: PlanCopyTasksInput): Task<Lane>[] {
  const { tables, bundles } = input;
  const rows: Task<Lane>[] = [];
  const rowsByTable = new Map<number, Task<Lane>[]>();
  for (const planned of tables) {
    const ofTable = planRows(planned, input);
    rows.push(...ofTable);
    for (const oid of oidsOf(planned.table)) rowsByTable.set(oid, ofTable);
  }
  const indexOf = indexFinder(input.indexFacts);
  const weights = weighItems(bundles.flat(), { tables, indexOf });
  const memoryOf = buildMemoryOf({ ...input, indexOf });
  const idOfItem = new Map(
    bundles.flatMap((bundle) =>
      bundle.map(({ entry }): [number, string] => [entry.dumpId, bundleId(bundle)]),
    ),
  );
  return [
    ...rows,
    ...bundles.map((bundle) => {
      const waitsFor = new Set([
        ...bundle
          .flatMap((item) => item.waitsForTables)
          .flatMap((oid) => rowsByTable.get(oid) ?? [])
          .map(({ id }) => id),
        ...bundle.flatMap((item) => item.waitsFor).flatMap((dumpId) => idOfItem.get(dumpId) ?? []),
      ]);
      waitsFor.delete(bundleId(bundle));
      const weight = bundle.reduce((sum, item) => sum + (weights.get(item) ?? 0), 0);
      return { ...planBundle(bundle, memoryOf(bundle), input), weight, waitsFor };
    }),
  ];
}

function planRows(planned: PlannedTable, input: PlanCopyTasksInput): Task<Lane>[] {
  const { table, parts } = planned;
  const { progress } = input;
  const left = new Set(parts);
  let { rows } = planned;
  if (left.size === 0) finishKept(table, rows, progress);
  return parts.map((part) => ({
    id: rowsId(table, part),
    weight: table.bytes / parts.length,
    waitsFor: new Set(),
    locks: new Map<string, LockMode>([[lockName(table.oid), 'shared']]),
    run: async (lane) => {
      progress.startTable(table, 'copy');
      const copied = await copyPlannedPart({ ...input, table, part, lane });
      rows += copied;
      left.delete(part);
      if (left.size === 0) progress.finishTable(table, rows);
    },
  }));
}

/** A table that an earlier run has copied counts as done from the start. */
function finishKept(table: Table, rows: number, progress: ProgressTracker): void {
  progress.startTable(table, 'copy');
  progress.finishTable(table, rows);
}

/**
 * Several processes for one index take more processor time than one. As there are more lanes than processors, some of
 * those are left over only when most of the lanes are.
 */
const MOSTLY_IDLE = 0.5;
/** Tasks that build indexes and constraints. */
export const INDEX_GROUP = 'index';

function planBundle(
  bundle: ItemBundle,
  memory: number | null,
  input: PlanCopyTasksInput,
): Pick<Task<Lane>, 'id' | 'locks' | 'group' | 'run'> {
  const entries = bundle.map(({ entry }) => entry);
  return {
    id: bundleId(bundle),
    group: INDEX_GROUP,
    locks: locksOf(bundle),
    run: (lane, idleShare) =>
      repeatOnLane(input.repeat, lane, async (isRepeat) => {
        if (isRepeat) await reloadDone(lane.target, input.checkpoint);
        const mayBeParallel = input.tuning.parallelIndexes && idleShare > MOSTLY_IDLE;
        const prelude = mayBeParallel ? '' : buildSettings(memory);
        await applyEntries(lane.target, entries, { ...input, prelude });
      }),
  };
}

/** For an index that one process builds: several would share the memory, and want more of it each. */
function buildSettings(memory: number | null): string {
  const alone = 'SET LOCAL max_parallel_maintenance_workers = 0;';
  if (memory === null) return alone;
  return `${alone} SET LOCAL maintenance_work_mem = '${Math.round(memory / 1024)}kB';`;
}

function locksOf(bundle: ItemBundle): Map<string, LockMode> {
  const locks = new Map<string, LockMode>();
  for (const { table, mode } of bundle.flatMap((item) => item.locks)) {
    const name = lockName(table);
    if (locks.get(name) !== 'exclusive') locks.set(name, mode);
  }
  return locks;
}
