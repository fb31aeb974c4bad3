import type { JobSpecification, Verification } from '@seren-replicator/job-models';
import { readSequences } from '../catalog/read-sequences.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Servers } from '../session/server.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { compareContents, failureOf } from './compare-contents.ts';
import { compareSequences } from './compare-sequences.ts';

/** Compares the contents of two databases, each side under one snapshot. Changes nothing. */
export async function verify(
  deps: EngineDeps,
  servers: Servers,
  specification: JobSpecification,
): Promise<CommandOutcome> {
  const startedAt = performance.now();
  const progress = new ProgressTracker(deps.onProgress);
  progress.startDatabase(servers.source.database, 1);
  progress.startPhase('snapshot');
  const compared = await withSnapshot(servers.source, (source) =>
    withSnapshot(servers.target, (target) =>
      compareSnapshots({ servers, source, target, progress, jobs: specification.options.jobs }),
    ),
  );
  progress.finishDatabase();
  progress.finish();
  const verification: Verification = { ...compared, seconds: (performance.now() - startedAt) / 1000 };
  return { result: { command: 'verify', verification }, failure: failureOf(verification) };
}

interface CompareSnapshotsInput {
  servers: Servers;
  source: Snapshot;
  target: Snapshot;
  progress: ProgressTracker;
  jobs: number | undefined;
}

async function compareSnapshots(input: CompareSnapshotsInput): Promise<Omit<Verification, 'seconds'>> {
  const { servers, source, target, progress } = input;
  const database = servers.source.database;
  const [sourceFacts, targetFacts] = await Promise.all([
    readServerFacts(source.session),
    readServerFacts(target.session),
  ]);
  progress.startTables('verify', source.tables);
  const tables = await withLanes(
    {
      servers,
      count: chooseLaneCount({ jobs: input.jobs, tables: source.tables.length, sourceFacts, targetFacts }),
      sourceSnapshotId: source.id,
      targetSnapshotId: target.id,
    },
    (lanes) =>
      compareContents({
        database,
        tables: source.tables,
        targetTables: target.tables,
        haveSameEncoding: sourceFacts.encoding === targetFacts.encoding,
        lanes,
        progress,
      }),
  );
  const sequences = compareSequences(
    database,
    await readSequences(source.session),
    await readSequences(target.session),
  );
  return { tables, sequences };
}
