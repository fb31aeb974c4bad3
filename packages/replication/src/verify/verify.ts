import type { JobSpecification, TableComparison, Verification } from '@seren-replicator/job-models';
import { listTables } from '../catalog/list-tables.ts';
import { readSequences } from '../catalog/read-sequences.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { joinSnapshot, withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { compareLargeObjects } from '../large-objects/compare-large-objects.ts';
import { bytesOf } from '../large-objects/large-object-work.ts';
import { planObjectParts } from '../large-objects/plan-object-parts.ts';
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
  const all: Compared[] = [];
  for (const scope of scopes) {
    progress.startDatabase(scope.servers.source.database, scopes.length);
    all.push(await verifyDatabase(scope, progress, specification.options.jobs));
    progress.finishDatabase();
  }
  progress.finish();
  const verification: Verification = {
    tables: all.flatMap(({ tables }) => tables),
    sequences: all.flatMap(({ sequences }) => sequences),
    large_objects: all.flatMap(({ large_objects }) => large_objects),
    seconds: (performance.now() - startedAt) / 1000,
  };
  return { result: { command: 'verify', verification }, failure: failureOf(verification) };
}

type Compared = Record<'tables' | 'sequences' | 'large_objects', TableComparison[]>;

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
  const parts = await planObjectParts(source.session);
  const otherBytes = bytesOf(parts);
  progress.startTables('verify', source.tables, otherBytes);
  const { tables } = source;
  const contents = await withLanes(
    {
      servers,
      count: chooseLaneCount({ jobs: input.jobs, tables, otherBytes, sourceFacts, targetFacts }),
      sourceSnapshotId: source.id,
      prepareTarget: (session) => joinSnapshot(session, target.id),
    },
    async (lanes) => ({
      tables: await compareContents({
        database,
        tables,
        targetTables: target.tables,
        haveSameEncoding: sourceFacts.encoding === targetFacts.encoding,
        lanes,
        progress,
      }),
      large_objects: await compareLargeObjects({ database, parts, lanes, progress }),
    }),
  );
  const onSource = await readSequences(source.session);
  const inScope = onSource.filter(({ ownerOid }) => ownerOid === null || isInScope(rules, ownerOid));
  const sequences = compareSequences(database, inScope, await readSequences(target.session));
  return { ...contents, sequences };
}
