/**
 * The planner's statistics of a whole database: most of them in the copy's queue. Functions that extended statistics
 * call may want privileges, or the rows of other tables: what is refused there is tried again when both are in.
 */
import { describeTree, planAnalyzeTasks } from '../analyze/plan-analyze-tasks.ts';
import { listAnalyzableTables } from '../catalog/list-analyzable-tables.ts';
import type { ItemBundle } from '../restore/bundle-items.ts';
import type { PlannedTable } from '../restore/plan-parts.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Lane } from '../snapshot/lane.ts';
import type { CopyContext } from './copy-steps.ts';

/** Tasks for every table, after what is still to be done for it. */
export async function planStatistics(
  context: CopyContext,
  work: { tables: readonly PlannedTable[]; bundles: readonly ItemBundle[] },
): Promise<Task<Lane>[]> {
  const { lanes, skipped, unanalyzed, tuning } = context;
  if (!tuning.statistics) return [];
  const analyzable = await listAnalyzableTables(lanes[0].target);
  skipped.push(...analyzable.filter(({ isAboveForeign }) => isAboveForeign).map(describeTree));
  return planAnalyzeTasks({
    ...context,
    ...work,
    analyzable: analyzable.filter(({ kind, isAboveForeign }) => kind !== 'm' && !isAboveForeign),
    onRefused: ({ oid }) => void unanalyzed.add(oid),
  });
}

/** Analyses materialised views, which are filled by now, and what was refused before. */
export async function completeStatistics(context: CopyContext): Promise<void> {
  const { lanes, skipped, unanalyzed, tuning } = context;
  if (!tuning.statistics) return;
  const analyzable = await listAnalyzableTables(lanes[0].target);
  const tasks = planAnalyzeTasks({
    ...context,
    tables: [],
    bundles: [],
    analyzable: analyzable.filter(({ oid, kind }) => kind === 'm' || unanalyzed.has(oid)),
    onRefused: (_table, refusals) => void skipped.push(...refusals),
  });
  await runTasks(lanes, tasks);
}
