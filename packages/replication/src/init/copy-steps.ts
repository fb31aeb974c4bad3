/** The copy of one database, as a list of named steps. Each takes the context and leaves what the next one needs. */
import type { Verification } from '@seren-replicator/job-models';
import { listTables } from '../catalog/list-tables.ts';
import { readSequences, type Sequence } from '../catalog/read-sequences.ts';
import { setSequences } from '../copy/set-sequences.ts';
import type { EngineDeps } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { analyzeTables } from '../restore/analyze-tables.ts';
import { applyEntries } from '../restore/apply-entries.ts';
import { planCopyTasks } from '../restore/plan-copy-tasks.ts';
import { runTasks } from '../schedule/run-tasks.ts';
import type { RestorePlan } from '../schema/restore-plan.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';
import type { Servers } from '../session/server.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import type { Snapshot } from '../snapshot/with-snapshot.ts';
import { compareContents } from '../verify/compare-contents.ts';
import { compareSequences } from '../verify/compare-sequences.ts';

export interface CopyContext {
  deps: EngineDeps;
  servers: Servers;
  snapshot: Snapshot;
  plan: RestorePlan;
  rules: TableRules;
  options: RestoreOptions;
  /** Their target sessions are in no transaction. */
  lanes: Lanes;
  haveSameEncoding: boolean;
  sourceVersionNum: number;
  progress: ProgressTracker;
}

export interface CopyStep {
  /** As shown to users and in `phases`. */
  phase: string;
  run: (context: CopyContext) => Promise<void>;
}

export const copySteps: readonly CopyStep[] = [
  { phase: 'schema before data', run: restoreBeforeData },
  { phase: 'copy', run: copyTables },
  { phase: 'sequences', run: copySequences },
  { phase: 'schema after data', run: restoreAfterData },
  { phase: 'analyze', run: ({ lanes }) => analyzeTables(lanes) },
  { phase: 'flush', run: flushTarget },
];

async function restoreBeforeData({ lanes: [lane], plan, options }: CopyContext): Promise<void> {
  await applyEntries(lane.target, plan.beforeData, options);
}

/** Rows, and each table's indexes and constraints as soon as its rows are in. */
async function copyTables(context: CopyContext): Promise<void> {
  const { deps, snapshot, lanes, plan, options, progress, sourceVersionNum } = context;
  progress.startTables('copy', snapshot.tables);
  const tasks = planCopyTasks({
    tables: snapshot.tables,
    items: plan.afterData,
    options,
    lanes: lanes.length,
    sourceVersionNum,
    progress,
    signal: deps.signal,
  });
  await runTasks(lanes, tasks);
}

async function copySequences(context: CopyContext): Promise<void> {
  await setSequences(context.lanes[0].target, await readSequencesInScope(context));
}

async function readSequencesInScope({ snapshot, rules }: CopyContext): Promise<Sequence[]> {
  const sequences = await readSequences(snapshot.session);
  return sequences.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
}

async function restoreAfterData({ lanes: [lane], plan, options }: CopyContext): Promise<void> {
  await applyEntries(lane.target, plan.privileges, options);
  await applyEntries(lane.target, plan.afterPrivileges, options);
}

/**
 * Sessions of the target commit without waiting for the disk. One commit that does wait takes all earlier ones with
 * it, as the log is flushed in order; only then may the copy be called done.
 *
 * https://www.postgresql.org/docs/current/wal-async-commit.html
 */
async function flushTarget({ lanes: [lane] }: CopyContext): Promise<void> {
  await lane.target.transaction('BEGIN; SET LOCAL synchronous_commit = on', () =>
    lane.target.execute('flush its log', 'SELECT pg_catalog.pg_current_xact_id()'),
  );
}

/** Compares what arrived with the snapshot that was copied. */
export async function verifyCopy(context: CopyContext): Promise<Verification> {
  const { servers, snapshot, lanes, haveSameEncoding, progress } = context;
  const startedAt = performance.now();
  const database = servers.source.database;
  const { target } = lanes[0];
  progress.startTables('verify', snapshot.tables);
  const targetTables = await listTables(target);
  const tables = await compareContents({
    database,
    tables: snapshot.tables,
    targetTables,
    haveSameEncoding,
    lanes,
    progress,
  });
  const sequences = compareSequences(
    database,
    await readSequencesInScope(context),
    await readSequences(target),
  );
  return { tables, sequences, seconds: (performance.now() - startedAt) / 1000 };
}
