import { ReplicatorError, type TableComparison, type Verification } from '@seren-replicator/job-models';
import type { Table } from '../catalog/list-tables.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Lane } from '../snapshot/lane.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import { compareTable } from './compare-table.ts';

export interface CompareContentsInput {
  database: string;
  tables: readonly Table[];
  targetTables: readonly Table[];
  haveSameEncoding: boolean;
  lanes: readonly Lane[];
  progress: ProgressTracker;
}

/** Compares all tables, several at a time and the largest first; the answer is in the order of `tables`. */
export async function compareContents(input: CompareContentsInput): Promise<TableComparison[]> {
  const targetTables = new Map(input.targetTables.map((table) => [keyOf(table), table]));
  const comparisons = new Map<Table, TableComparison>();
  const tasks = input.tables.map<Task<Lane>>((table) => ({
    id: String(table.oid),
    weight: table.bytes,
    waitsFor: new Set(),
    locks: new Map(),
    run: async ({ source, target }) => {
      const { database, haveSameEncoding, progress } = input;
      const targetTable = targetTables.get(keyOf(table));
      progress.startTable(table, 'verify');
      const comparison = await compareTable({
        database,
        table,
        targetTable,
        source,
        target,
        haveSameEncoding,
      });
      progress.addBytes(table, table.bytes);
      progress.finishTable(table, comparison.source_rows ?? 0);
      comparisons.set(table, comparison);
    },
  }));
  await runTasks(input.lanes, tasks);
  return input.tables.flatMap((table) => comparisons.get(table) ?? []);
}

/** The failure that a verification ends with, or null when everything is equal. */
export function failureOf({ tables, sequences, large_objects = [] }: Verification): ReplicatorError | null {
  const different = [...tables, ...sequences, ...large_objects].filter(({ equal }) => !equal);
  const [first] = different;
  if (first === undefined) return null;
  const others = different.length === 1 ? '' : ` and ${different.length - 1} more`;
  return new ReplicatorError(
    'contents_differ',
    `Source and target differ in ${first.table}${others}: ${first.difference ?? ''}. Copy again, or look into who writes to the target.`,
  );
}

function keyOf({ schema, name }: Table): string {
  return JSON.stringify([schema, name]);
}
