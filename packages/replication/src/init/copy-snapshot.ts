/** One attempt at a copy, under one snapshot of the source and with the target claimed: what is to be done, and the doing. */
import type { InitResult } from '@seren-replicator/job-models';
import { markAsWorking } from '../checkpoint/claim-target.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { chooseRowFormat } from '../copy/choose-row-format.ts';
import { RateLimit } from '../copy/rate-limit.ts';
import { bytesOf, objectsIn } from '../large-objects/large-object-work.ts';
import { chooseExtensionVersions } from '../restore/choose-extension-versions.ts';
import type { Session } from '../session/session.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { countProcessors } from '../snapshot/count-processors.ts';
import { withLanes, type Lanes } from '../snapshot/with-lanes.ts';
import type { Snapshot } from '../snapshot/with-snapshot.ts';
import { tuningOf } from '../tuning.ts';
import { compareDatabase, type DatabaseComparison } from '../verify/compare-database.ts';
import type { CopyDatabaseInput } from './copy-database.ts';
import { copySteps, finishCopy, type CopyContext } from './copy-steps.ts';
import { askServers, dumpSource, planCopy, type PlannedCopy } from './plan-copy.ts';

/** A copy of one snapshot, done. */
export interface SnapshotCopy extends Pick<
  InitResult,
  'tables' | 'rows' | 'large_objects' | 'bytes' | 'skipped' | 'resumed'
> {
  /** Null when the run was told not to verify. */
  comparison: DatabaseComparison | null;
  /** On the target until its outcome is remembered. */
  checkpoint: Checkpoint;
}

export interface CopySnapshotInput extends CopyDatabaseInput {
  snapshot: Snapshot;
  /** The session that holds the target. */
  claim: Session;
  /** Rejects when the snapshot or the claim is lost. */
  assertRunStands: () => Promise<void>;
}

/** The schema is dumped while the servers are asked and the lanes are opened: each takes as long as the other. */
export async function copySnapshot(input: CopySnapshotInput): Promise<SnapshotCopy> {
  const { scope, specification, snapshot } = input;
  const dumping = dumpSource(input);
  // Its failure is told by whoever waits for the dump; if nobody is left to, another failure was first.
  const ended = Promise.allSettled([dumping]);
  try {
    const asked = await askServers(input);
    const count = chooseLaneCount({
      jobs: specification.options.jobs,
      tables: snapshot.tables,
      otherBytes: bytesOf(asked.largeObjects),
      sourceFacts: asked.facts.source,
      targetFacts: asked.facts.target,
    });
    return await withLanes(
      {
        servers: scope.servers,
        count,
        snapshotIds: { source: snapshot.id },
        prepareTarget: prepareLane,
      },
      async (lanes) => runSteps(input, await planCopy(input, asked, await dumping), lanes),
    );
  } finally {
    await ended;
  }
}

async function prepareLane(target: Session): Promise<void> {
  // A crash of the target loses the copy either way: it is repeated, not recovered. The end of it waits for the disk.
  await target.execute('set its session up', 'SET synchronous_commit = off');
  await markAsWorking(target);
}

async function runSteps(input: CopySnapshotInput, planned: PlannedCopy, lanes: Lanes): Promise<SnapshotCopy> {
  const { deps, scope, specification, progress, phases, snapshot } = input;
  const { checkpoint, sourceEntries, largeObjects, skipped } = planned;
  const { options } = specification;
  const context = contextOf(input, planned, lanes);
  for (const { phase, run } of copySteps) await phases.run(phase, () => run(context));
  const { rows, bytes } = progress;
  const compare = () =>
    compareDatabase({
      deps,
      scope,
      options,
      progress,
      source: snapshot,
      sourceEntries,
      refused: context.refused,
      isFollowed: !options.no_sync,
    });
  const comparison = options.verify ? await phases.run('verify', compare) : null;
  await phases.run('database properties', () => finishCopy(context));
  return {
    tables: snapshot.tables.length,
    rows,
    large_objects: objectsIn(largeObjects),
    bytes,
    skipped,
    comparison,
    checkpoint,
    ...(checkpoint.isResumed && { resumed: countParts(context) }),
  };
}

function contextOf(input: CopySnapshotInput, planned: PlannedCopy, lanes: Lanes): CopyContext {
  const { deps, scope, specification, progress, passed, snapshot, assertRunStands } = input;
  const { servers, rules } = scope;
  const { options } = specification;
  const { plan, checkpoint, largeObjects, indexFacts, targetMemory, skipped, facts } = planned;
  const tuning = tuningOf(deps);
  const connections = [passed.facts.source, passed.facts.target].map(({ connection }) => connection);
  return {
    deps,
    servers,
    snapshot,
    plan,
    rules,
    largeObjects,
    indexFacts,
    targetMemory,
    options: {
      noOwner: options.no_owner,
      noAcl: options.no_acl,
      targetVersionNum: facts.target.versionNum,
      extensionVersions: chooseExtensionVersions(passed.facts),
    },
    lanes,
    processors: countProcessors({ lanes: lanes.length, connections, tuning }),
    checkpoint,
    repeat: { deps, assertRunStands },
    rate: new RateLimit(options.max_rate_bytes_per_second ?? null),
    indexJobs: options.index_jobs ?? lanes.length,
    compared: [],
    sourceVersionNum: facts.source.versionNum,
    targetVersionNum: facts.target.versionNum,
    tuning,
    haveSameEncoding: facts.source.encoding === facts.target.encoding,
    rowFormat: chooseRowFormat({
      encodings: [facts.source.encoding, facts.target.encoding],
      roundTripsMs: connections.map(({ roundTripMs }) => roundTripMs),
      isRateLimited: options.max_rate_bytes_per_second !== undefined,
      tuning,
    }),
    progress,
    refused: new Map(),
    unanalyzed: new Set(),
    skipped,
  };
}

function countParts({ compared }: CopyContext): NonNullable<InitResult['resumed']> {
  return {
    parts_kept: compared.reduce((sum, { kept }) => sum + kept.length, 0),
    parts_changed: compared.reduce((sum, { changed }) => sum + changed.length, 0),
  };
}
