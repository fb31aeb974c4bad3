import type { InitResult, JobSpecification } from '@seren-replicator/job-models';
import { readDatabaseDefinition } from '../catalog/read-database-definition.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import type { EngineDeps } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { selectEntries } from '../restore/select-entries.ts';
import { dumpSchema } from '../schema/dump-schema.ts';
import { planRestore } from '../schema/restore-plan.ts';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { lendFrom } from '../snapshot/lend-session.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import type { Facts } from '../validate/gather-facts.ts';
import { copySteps, verifyCopy, type CopyContext } from './copy-steps.ts';
import type { PhaseTimer } from './phase-timer.ts';
import { prepareTarget } from './prepare-target.ts';

export type DatabaseCopy = Pick<InitResult, 'tables' | 'rows' | 'bytes' | 'skipped' | 'verification'>;

export interface CopyDatabaseInput {
  deps: EngineDeps;
  specification: JobSpecification;
  scope: DatabaseScope;
  /** What the preflight found. */
  facts: Facts;
  progress: ProgressTracker;
  phases: PhaseTimer;
}

/** Copies one database whose preflight has passed. */
export async function copyDatabase(input: CopyDatabaseInput): Promise<DatabaseCopy> {
  const { deps, scope, facts, phases } = input;
  const { source, target } = scope.servers;
  await phases.run('target database', async () =>
    prepareTarget({
      target,
      targetVersionNum: facts.target.server.versionNum,
      hasDatabase: facts.target.hasDatabase,
      mustDrop: facts.target.userObjects.length > 0,
      definition: await source.withSession((session) =>
        readDatabaseDefinition(session, facts.source.server.versionNum),
      ),
      signal: deps.signal,
    }),
  );
  return withSnapshot(
    source,
    (session) => listTablesInScope(session, scope.rules),
    (snapshot) => copySnapshot(input, snapshot),
  );
}

async function copySnapshot(input: CopyDatabaseInput, snapshot: Snapshot): Promise<DatabaseCopy> {
  const { deps, specification, progress, phases } = input;
  const { servers, rules } = input.scope;
  const { options } = specification;
  const [source, target] = await Promise.all([
    readServerFacts(snapshot.session),
    servers.target.withSession(readServerFacts),
  ]);
  const { archive } = await phases.run('schema dump', () =>
    dumpSchema(deps, {
      lend: lendFrom(servers.source),
      snapshot: snapshot.id,
      serverVersionNum: source.versionNum,
      signal: deps.signal,
    }),
  );
  const { entries, skipped } = selectEntries(archive.entries, (oid) => isInScope(rules, oid));
  const count = chooseLaneCount({
    jobs: options.jobs,
    tables: snapshot.tables,
    sourceFacts: source,
    targetFacts: target,
  });
  return withLanes({ servers, count, sourceSnapshotId: snapshot.id }, async (lanes) => {
    const context: CopyContext = {
      deps,
      servers,
      snapshot,
      plan: planRestore({ ...archive, entries }),
      rules,
      options: { noOwner: options.no_owner, noAcl: options.no_acl },
      lanes,
      sourceVersionNum: source.versionNum,
      haveSameEncoding: source.encoding === target.encoding,
      progress,
    };
    for (const { phase, run } of copySteps) await phases.run(phase, () => run(context));
    const { rows, bytes } = progress;
    const verification = options.verify ? await phases.run('verify', () => verifyCopy(context)) : null;
    return { tables: snapshot.tables.length, rows, bytes, skipped, verification };
  });
}
