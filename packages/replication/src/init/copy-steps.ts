/** The copy of one database, as a list of named steps. Each takes the context and leaves what the next one needs. */
import type { SkippedObject } from '@seren-replicator/job-models';
import { TREE_GROUP } from '../analyze/plan-analyze-tasks.ts';
import type { IndexFacts } from '../catalog/read-index-facts.ts';
import type { ServerMemory } from '../catalog/read-server-memory.ts';
import { readSequences, type Sequence } from '../catalog/read-sequences.ts';
import type { RowFormat } from '../copy/choose-row-format.ts';
import { copyConfiguration } from '../copy/copy-configuration.ts';
import type { RateLimit } from '../copy/rate-limit.ts';
import { setSequences } from '../copy/set-sequences.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { compareParts, type ComparedTable } from '../checkpoint/compare-parts.ts';
import { keyOf } from '../checkpoint/entry-key.ts';
import { reloadDone } from '../checkpoint/open-checkpoint.ts';
import { undoChanged } from '../checkpoint/undo-changed.ts';
import { restoreDatabaseProperties } from '../database-properties/restore-database-properties.ts';
import type { EngineDeps } from '../engine.ts';
import { chooseObjectParts } from '../large-objects/choose-object-parts.ts';
import { bytesOf } from '../large-objects/large-object-work.ts';
import type { LargeObjectPart } from '../large-objects/plan-object-parts.ts';
import { planObjectTasks } from '../large-objects/plan-object-tasks.ts';
import { restoreObjectProperties } from '../large-objects/restore-object-properties.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { applyEntries } from '../restore/apply-entries.ts';
import { lendPrivileges, takeBackPrivileges } from '../restore/lend-privileges.ts';
import { bundleItems } from '../restore/bundle-items.ts';
import { INDEX_GROUP, planCopyTasks } from '../restore/plan-copy-tasks.ts';
import { planParts } from '../restore/plan-parts.ts';
import { runTasks } from '../schedule/run-tasks.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import type { RestorePlan } from '../schema/restore-plan.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import { isInScope, type TableRules } from '../scope/resolve-rules.ts';
import type { Servers } from '../session/server.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import type { Snapshot } from '../snapshot/with-snapshot.ts';
import type { Tuning } from '../tuning.ts';
import { completeStatistics, planStatistics } from './gather-statistics.ts';

export interface CopyContext {
  deps: EngineDeps;
  servers: Servers;
  snapshot: Snapshot;
  plan: RestorePlan;
  rules: TableRules;
  largeObjects: readonly LargeObjectPart[];
  /** The source's, by oid. */
  indexFacts: ReadonlyMap<number, IndexFacts>;
  targetMemory: ServerMemory;
  options: RestoreOptions;
  /** Their target sessions are in no transaction. */
  lanes: Lanes;
  /** Of the lanes, those that can work at a time before each gets slower. */
  processors: number;
  checkpoint: Checkpoint;
  repeat: RepeatDeps;
  /** Shared by all lanes. */
  rate: RateLimit;
  /** Indexes and constraints built at the same time. */
  indexJobs: number;
  /** What an earlier run has copied, compared with the present snapshot. */
  compared: readonly ComparedTable[];
  haveSameEncoding: boolean;
  rowFormat: RowFormat;
  sourceVersionNum: number;
  targetVersionNum: number;
  tuning: Tuning;
  progress: ProgressTracker;
  /** Entries that the target refused, by dump id. */
  refused: Map<number, ArchiveEntry>;
  /** Oids, on the target, of tables whose statistics were refused. */
  unanalyzed: Set<string>;
  /** What was left out, and why; steps add to it. */
  skipped: SkippedObject[];
}

export interface CopyStep {
  /** As shown to users and in `phases`. */
  phase: string;
  run: (context: CopyContext) => Promise<void>;
}

export const copySteps: readonly CopyStep[] = [
  { phase: 'compare', run: keepWhatIsEqual },
  { phase: 'schema before data', run: restoreBeforeData },
  { phase: 'copy', run: copyContents },
  { phase: 'sequences', run: copySequences },
  { phase: 'large objects', run: finishLargeObjects },
  { phase: 'schema after data', run: restoreAfterData },
  { phase: 'analyze', run: completeStatistics },
  { phase: 'flush', run: flushTarget },
];

/** After an interrupted run: what it copied stays where it still equals the source, all else is taken back. */
async function keepWhatIsEqual(context: CopyContext): Promise<void> {
  const { lanes, checkpoint, snapshot, haveSameEncoding, progress, repeat, plan } = context;
  if (!checkpoint.isResumed) return;
  const { tables } = snapshot;
  const compared = await compareParts({ checkpoint, tables, lanes, haveSameEncoding, progress, repeat });
  const changed = compared.filter((comparison) => comparison.changed.length > 0 || comparison.hasForeignRows);
  await undoChanged(lanes[0].target, checkpoint, plan, changed);
  context.compared = compared;
}

async function restoreBeforeData(context: CopyContext): Promise<void> {
  const { beforeData, afterData } = context.plan;
  const isFirst = ({ kind }: ArchiveEntry) => kind === 'SCHEMA' || kind === 'EXTENSION';
  await applyOnLane(context, beforeData.filter(isFirst));
  if (!context.options.noOwner)
    await lendOnLane(context, [...beforeData, ...afterData.map(({ entry }) => entry)]);
  await applyOnLane(
    context,
    beforeData.filter((entry) => !isFirst(entry)),
  );
}

async function lendOnLane(
  { repeat, checkpoint, lanes: [lane] }: CopyContext,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  await repeatOnLane(repeat, lane, async (isRepeat) => {
    if (isRepeat) await reloadDone(lane.target, checkpoint);
    await lendPrivileges(lane.target, checkpoint, entries);
  });
}

/** Rows and large objects, and each table's indexes, constraints and statistics as soon as its rows are in. */
async function copyContents(context: CopyContext): Promise<void> {
  const { snapshot, lanes, processors, plan, checkpoint, compared, progress, sourceVersionNum, tuning } =
    context;
  const objectParts = await chooseObjectParts(context.largeObjects, context);
  progress.startTables('copy', snapshot.tables, bytesOf(objectParts));
  const ofExtensions = snapshot.tables.filter(({ configuration }) => configuration !== null);
  context.skipped.push(
    ...(await copyConfiguration({
      ...context,
      source: snapshot.session,
      tables: ofExtensions,
      isResumed: checkpoint.isResumed,
    })),
  );
  const tables = await planParts({
    target: lanes[0].target,
    checkpoint,
    tables: snapshot.tables.filter(({ configuration }) => configuration === null),
    compared,
    lanes: lanes.length,
    processors,
    sourceVersionNum,
    tuning,
  });
  const left = plan.afterData.filter(({ entry }) => !checkpoint.doneKeys.has(keyOf(entry)));
  const bundles = bundleItems(left, { tables: snapshot.tables, maxBundledBytes: tuning.maxBundledBytes });
  const tasks = [
    ...planCopyTasks({ ...context, tables, bundles }),
    ...planObjectTasks({ ...context, parts: objectParts }),
    ...(await planStatistics(context, { tables, bundles })),
  ];
  const limits = new Map([
    [INDEX_GROUP, context.indexJobs],
    [TREE_GROUP, 1],
  ]);
  await runTasks(lanes, tasks, { limits, processors: tuning.sparesLanes ? processors : undefined });
}

/** Their owners, grants and comments, when nothing is written into them any more. */
async function finishLargeObjects(context: CopyContext): Promise<void> {
  context.skipped.push(...(await restoreObjectProperties({ ...context, parts: context.largeObjects })));
}

async function copySequences(context: CopyContext): Promise<void> {
  await setSequences(context.lanes[0].target, await readSequencesInScope(context));
}

async function readSequencesInScope({ snapshot, rules }: CopyContext): Promise<Sequence[]> {
  const sequences = await readSequences(snapshot.session);
  return sequences.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
}

async function restoreAfterData(context: CopyContext): Promise<void> {
  const { privileges, afterPrivileges } = context.plan;
  const { repeat, checkpoint } = context;
  const [lane] = context.lanes;
  await repeatOnLane(repeat, lane, async (isRepeat) => {
    if (isRepeat) await reloadDone(lane.target, checkpoint);
    await takeBackPrivileges(lane.target, checkpoint);
  });
  await applyOnLane(context, [...privileges, ...afterPrivileges]);
}

async function applyOnLane(context: CopyContext, entries: readonly ArchiveEntry[]): Promise<void> {
  const { repeat, checkpoint } = context;
  const [lane] = context.lanes;
  await repeatOnLane(repeat, lane, async (isRepeat) => {
    if (isRepeat) await reloadDone(lane.target, checkpoint);
    await applyEntries(lane.target, entries, context);
  });
}

/**
 * Lanes commit without waiting for the disk. One commit that does wait takes all earlier ones with it, as the log is
 * flushed in order; only then may the copy be called done.
 *
 * https://www.postgresql.org/docs/current/wal-async-commit.html
 */
async function flushTarget({ lanes: [lane] }: CopyContext): Promise<void> {
  await lane.target.transaction('BEGIN; SET LOCAL synchronous_commit = on', () =>
    lane.target.execute('flush its log', 'SELECT pg_catalog.pg_current_xact_id()'),
  );
}

/** The copy is complete: the database becomes what it is at the source. Its checkpoint stays until the run is done. */
export async function finishCopy({ servers, snapshot, lanes, ...context }: CopyContext): Promise<void> {
  const [{ target }] = lanes;
  const { options, skipped } = context;
  skipped.push(
    ...(await restoreDatabaseProperties(snapshot.session, target, servers.target.database, options)),
  );
}
