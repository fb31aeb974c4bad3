import type { JobSpecification, Verification } from '@seren-replicator/job-models';
import { listTables } from '../catalog/list-tables.ts';
import { readSequences } from '../catalog/read-sequences.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import { planScope, type DatabaseScope } from '../scope/plan-scope.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Servers } from '../session/server.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { compareContents, failureOf } from './compare-contents.ts';
import { compareSequences } from './compare-sequences.ts';

/** Compares the contents of every database in scope, each side under one snapshot. Changes nothing. */
export async function verify(
  deps: EngineDeps,
  servers: Servers,
  specification: JobSpecification,
): Promise<CommandOutcome> {
  const startedAt = performance.now();
  const progress = new ProgressTracker(deps.onProgress);
  progress.startPhase('preflight');
  const scopes = await planScope(servers, specification.filter);
  const verification: Verification = { tables: [], sequences: [], seconds: 0 };
  for (const scope of scopes) {
    progress.startDatabase(scope.servers.source.database, scopes.length);
    const compared = await verifyDatabase(scope, progress, specification.options.jobs);
    verification.tables.push(...compared.tables);
    verification.sequences.push(...compared.sequences);
    progress.finishDatabase();
  }
  progress.finish();
  verification.seconds = (performance.now() - startedAt) / 1000;
  return { result: { command: 'verify', verification }, failure: failureOf(verification) };
}

type Compared = Pick<Verification, 'tables' | 'sequences'>;

async function verifyDatabase(
  { servers, rules }: DatabaseScope,
  progress: ProgressTracker,
  jobs: number | undefined,
): Promise<Compared> {
  progress.startPhase('snapshot');
  return withSnapshot(
    servers.source,
    (session) => listTablesInScope(session, rules),
    (source) =>
      withSnapshot(servers.target, listTables, (target) =>
        compareSnapshots({ servers, rules, source, target, progress, jobs }),
      ),
  );
}

interface CompareSnapshotsInput extends DatabaseScope {
  source: Snapshot;
  target: Snapshot;
  progress: ProgressTracker;
  jobs: number | undefined;
}

async function compareSnapshots(input: CompareSnapshotsInput): Promise<Compared> {
  const { servers, rules, source, target, progress } = input;
  const database = servers.source.database;
  const [sourceFacts, targetFacts] = await Promise.all([
    readServerFacts(source.session),
    readServerFacts(target.session),
  ]);
  progress.startTables('verify', source.tables);
  const tables = await withLanes(
    {
      servers,
      count: chooseLaneCount({ jobs: input.jobs, tables: source.tables, sourceFacts, targetFacts }),
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
  const onSource = await readSequences(source.session);
  const inScope = onSource.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
  return { tables, sequences: compareSequences(database, inScope, await readSequences(target.session)) };
}
