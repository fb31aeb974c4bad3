/**
 * The planner's statistics as tasks of the copy's queue. A table is analysed once its rows are in, and those of the
 * tables below it, and what else of it has statistics.
 */
import type { SkippedObject } from '@seren-replicator/job-models';
import type { AnalyzableTable } from '../catalog/list-analyzable-tables.ts';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import { tableKey } from '../checkpoint/checkpoint.ts';
import type { LockMode, Task } from '../schedule/run-tasks.ts';
import type { Servers } from '../session/server.ts';
import type { Lane } from '../snapshot/lane.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import { analyzeTable } from './analyze-table.ts';
import { workByTable, type TableWorkInput } from './table-work.ts';

/** ANALYZE reads no more than a sample, whatever the table's size: it takes about as long as copying so much. */
const MAX_WEIGHT = 8 * 1024 * 1024;
/** Tasks that take a session besides their lane's. */
export const TREE_GROUP = 'tree';

export interface PlanAnalyzeTasksInput extends TableWorkInput {
  /** The target's. */
  analyzable: readonly AnalyzableTable[];
  servers: Servers;
  targetVersionNum: number;
  repeat: RepeatDeps;
  /** Called with what has no statistics, and why: a copy is complete without them. */
  onRefused: (table: AnalyzableTable, refusals: SkippedObject[]) => void;
}

export function planAnalyzeTasks(input: PlanAnalyzeTasksInput): Task<Lane>[] {
  const byOid = new Map(input.analyzable.map((table) => [table.oid, table]));
  const work = workByTable(input);
  const workOf = (tables: readonly AnalyzableTable[]) =>
    tables.flatMap((table) => work.get(tableKey(table)) ?? []);
  return input.analyzable.map((table) => {
    const below = table.below.flatMap((oid) => byOid.get(oid) ?? []);
    const partitions = table.kind === 'p' ? below : [];
    const tree = workOf([table, ...below]);
    const bytes = tree.reduce((sum, ofTable) => sum + ofTable.bytes, 0);
    const items = workOf([table]).flatMap((own) => own.items);
    const locked = workOf([table, ...partitions]);
    return {
      ...planAnalysis(table, partitions, input),
      weight: Math.min(MAX_WEIGHT, bytes),
      waitsFor: new Set([...tree.flatMap(({ rows }) => rows), ...items]),
      locks: new Map(locked.map(({ lock }): [string, LockMode] => [lock, 'exclusive'])),
    };
  });
}

function planAnalysis(
  table: AnalyzableTable,
  partitions: readonly AnalyzableTable[],
  { servers, targetVersionNum, repeat, onRefused }: PlanAnalyzeTasksInput,
): Pick<Task<Lane>, 'id' | 'group' | 'run'> {
  return {
    id: `analyze ${table.oid}`,
    ...(partitions.length > 0 && { group: TREE_GROUP }),
    run: (lane) =>
      repeatOnLane(repeat, lane, async () => {
        const refusals = await analyzeTable({
          table,
          partitions,
          session: lane.target,
          server: servers.target,
          serverVersionNum: targetVersionNum,
        });
        if (refusals.length > 0) onRefused(table, refusals);
      }),
  };
}

/** ANALYZE would ask the servers of foreign tables, which the target may not reach: of such trees only the rest is analysed. */
export function describeTree(table: AnalyzableTable): SkippedObject {
  return {
    object: `statistics of ${labelOf(table)} with its partitions and children`,
    reason: `some of them are foreign tables; run ANALYZE ${sqlNameOf(table)} once their servers can be reached`,
  };
}
