import type { InitResult, JobSpecification, Verification } from '@seren-replicator/job-models';
import { readDatabaseDefinition } from '../catalog/read-database-definition.ts';
import { readServerFacts, type ServerFacts } from '../catalog/read-server-facts.ts';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import { dumpSchema } from '../schema/dump-schema.ts';
import { planRestore } from '../schema/restore-plan.ts';
import type { Servers } from '../session/server.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { lendFrom } from '../snapshot/lend-session.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { failureOf } from '../verify/compare-contents.ts';
import { preflight } from '../validate/preflight.ts';
import { copySteps, verifyCopy, type CopyContext } from './copy-steps.ts';
import { PhaseTimer } from './phase-timer.ts';
import { prepareTarget } from './prepare-target.ts';

/**
 * Copies one database: preflight, an empty target, one snapshot of the source, the steps of `copySteps` under it,
 * and a comparison of what arrived with that same snapshot.
 */
export async function init(
  deps: EngineDeps,
  servers: Servers,
  specification: JobSpecification,
): Promise<CommandOutcome> {
  const progress = new ProgressTracker(deps.onProgress);
  const phases = new PhaseTimer(progress, deps.log);
  progress.startDatabase(servers.source.database, 1);
  const target = await phases.run('preflight', async () => {
    const facts = await preflight(servers, specification);
    await prepareTarget({
      target: servers.target,
      targetVersionNum: facts.target.server.versionNum,
      hasDatabase: facts.target.hasDatabase,
      mustDrop: facts.target.userObjects.length > 0,
      definition: await servers.source.withSession((session) =>
        readDatabaseDefinition(session, facts.source.server.versionNum),
      ),
      signal: deps.signal,
    });
    return servers.target.withSession(readServerFacts);
  });
  const copied = await withSnapshot(servers.source, (snapshot) =>
    copyDatabase({ deps, servers, specification, snapshot, target, progress, phases }),
  );
  progress.finishDatabase();
  progress.finish();
  const result: InitResult = {
    command: 'init',
    databases: 1,
    ...copied,
    seconds: phases.totalSeconds,
    phases: phases.timings,
    skipped: [],
  };
  return { result, failure: copied.verification === null ? null : failureOf(copied.verification) };
}

interface CopyDatabaseInput {
  deps: EngineDeps;
  servers: Servers;
  specification: JobSpecification;
  snapshot: Snapshot;
  target: ServerFacts;
  progress: ProgressTracker;
  phases: PhaseTimer;
}

type Copied = Pick<InitResult, 'tables' | 'rows' | 'bytes' | 'verification'>;

async function copyDatabase(input: CopyDatabaseInput): Promise<Copied> {
  const { deps, servers, specification, snapshot, target, progress, phases } = input;
  const { options } = specification;
  const source = await readServerFacts(snapshot.session);
  const { archive, tool } = await phases.run('schema dump', () =>
    dumpSchema(deps, {
      lend: lendFrom(servers.source),
      snapshot: snapshot.id,
      serverVersionNum: source.versionNum,
      signal: deps.signal,
    }),
  );
  deps.log.info({ tool, entries: archive.entries.length }, 'schema dumped');
  const count = chooseLaneCount({
    jobs: options.jobs,
    tables: snapshot.tables.length,
    sourceFacts: source,
    targetFacts: target,
  });
  return withLanes({ servers, count, sourceSnapshotId: snapshot.id }, async (lanes) => {
    const context: CopyContext = {
      deps,
      servers,
      snapshot,
      plan: planRestore(archive),
      options: { noOwner: options.no_owner, noAcl: options.no_acl },
      lanes,
      haveSameEncoding: source.encoding === target.encoding,
      progress,
    };
    for (const { phase, run } of copySteps) await phases.run(phase, () => run(context));
    const { rows, bytes } = progress;
    const verification: Verification | null = options.verify
      ? await phases.run('verify', () => verifyCopy(context))
      : null;
    return { tables: snapshot.tables.length, rows, bytes, verification };
  });
}
