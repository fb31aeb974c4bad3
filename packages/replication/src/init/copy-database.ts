/**
 * One database, from an empty target to a verified copy. Faults shorter than a lane's patience are mended there; when
 * the snapshot or the claim is lost (a server restarted, the network was away for long) the copy is begun again from
 * its checkpoint, under a new snapshot.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ReplicatorError,
  type InitResult,
  type JobSpecification,
  type SkippedObject,
} from '@seren-replicator/job-models';
import { listUserObjects } from '../catalog/list-user-objects.ts';
import { readDatabaseDefinition } from '../catalog/read-database-definition.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { withTargetClaim, markAsWorking } from '../checkpoint/claim-target.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { fingerprintOf } from '../checkpoint/fingerprint.ts';
import { chooseRowEncoding } from '../copy/choose-row-encoding.ts';
import { RateLimit } from '../copy/rate-limit.ts';
import type { EngineDeps } from '../engine.ts';
import { bytesOf, objectsIn } from '../large-objects/large-object-work.ts';
import { planObjectParts } from '../large-objects/plan-object-parts.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { chooseExtensionVersions } from '../restore/choose-extension-versions.ts';
import { selectEntries } from '../restore/select-entries.ts';
import { dumpSchema } from '../schema/dump-schema.ts';
import { divideConstraints } from '../restore/divide-constraints.ts';
import { planRestore } from '../schema/restore-plan.ts';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import { isInScope } from '../scope/resolve-rules.ts';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { chooseLaneCount } from '../snapshot/choose-lane-count.ts';
import { lendFrom } from '../snapshot/lend-session.ts';
import { standingOf, whileStanding } from '../snapshot/standing-of.ts';
import { withLanes } from '../snapshot/with-lanes.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { DEFAULT_TUNING } from '../tuning.ts';
import type { Facts } from '../validate/gather-facts.ts';
import { preflight, type PassedPreflight } from '../validate/preflight.ts';
import { compareDatabase, type DatabaseComparison } from '../verify/compare-database.ts';
import { checkSchemaIsTheSame } from './check-schema-is-the-same.ts';
import { copySteps, finishCopy, type CopyContext } from './copy-steps.ts';
import type { PhaseTimer } from './phase-timer.ts';
import { prepareTarget } from './prepare-target.ts';

export interface DatabaseCopy extends Pick<
  InitResult,
  'tables' | 'rows' | 'large_objects' | 'bytes' | 'skipped' | 'resumed'
> {
  /** Null when the run was told not to verify. */
  comparison: DatabaseComparison | null;
  /** On the target until the whole run is done. */
  checkpoint: Checkpoint;
}

export interface PlannedDatabase {
  scope: DatabaseScope;
  passed: PassedPreflight;
}

export interface CopyDatabaseInput extends PlannedDatabase {
  deps: EngineDeps;
  specification: JobSpecification;
  progress: ProgressTracker;
  phases: PhaseTimer;
}

/** Seconds between attempts at the whole copy; an attempt that got somewhere starts over with the first one. */
const DELAYS_SECONDS = [1, 2, 4, 8, 15, 30, 60];

/** Copies one database whose preflight has passed. */
export async function copyDatabase(input: CopyDatabaseInput): Promise<DatabaseCopy> {
  const { deps, scope, specification, progress } = input;
  let { passed } = input;
  for (let attempt = 0; ; attempt += 1) {
    const bytesBefore = progress.movedBytes;
    try {
      // What is on the target by now is this run's own, whether or not an earlier one was to be resumed.
      const options = { ...specification.options, resume: true };
      if (attempt > 0) passed = await preflight(scope, { ...specification, options });
      return await attemptCopy({ ...input, passed });
    } catch (error) {
      deps.signal.throwIfAborted();
      if (progress.movedBytes > bytesBefore) attempt = 0;
      const delay = DELAYS_SECONDS[attempt];
      if (!(error instanceof ReplicatorError) || !isConnectionError(error) || delay === undefined)
        throw error;
      deps.log.warn(
        { code: error.code, reason: error.message, delay },
        'servers lost; going on from the checkpoint',
      );
      await sleep(delay * 1000, undefined, { signal: deps.signal });
    }
  }
}

async function attemptCopy(input: CopyDatabaseInput): Promise<DatabaseCopy> {
  const { deps, scope, passed, phases } = input;
  const { source, target } = scope.servers;
  const { facts, decision } = passed;
  await phases.run('target database', async () =>
    prepareTarget({
      target,
      targetVersionNum: facts.target.server.versionNum,
      hasDatabase: facts.target.hasDatabase,
      mustDrop:
        decision === 'fresh' && (facts.target.userObjects.length > 0 || facts.target.checkpoint !== null),
      definition: await source.withSession((session) =>
        readDatabaseDefinition(session, facts.source.server.versionNum),
      ),
      signal: deps.signal,
    }),
  );
  return withTargetClaim(target, deps.signal, async (claim) => {
    if (decision === 'fresh') await assertEmpty(claim, target.database);
    return withSnapshot(
      source,
      (session) => listTablesInScope(session, scope.rules),
      (snapshot) => {
        const assertRunStands = standingOf([snapshot.session, claim]);
        return whileStanding(assertRunStands, () => copySnapshot(input, snapshot, claim, assertRunStands));
      },
    );
  });
}

/** The preflight was a while ago, and nobody had claimed the target then. */
async function assertEmpty(claim: Session, database: string): Promise<void> {
  const [object] = await listUserObjects(claim, 1);
  if (object === undefined) return;
  throw new ReplicatorError(
    'target_not_empty',
    `Meanwhile somebody has put something into the target database ${database} (${object}); find out who, then run the same command again.`,
  );
}

async function copySnapshot(
  input: CopyDatabaseInput,
  snapshot: Snapshot,
  claim: Session,
  assertRunStands: () => Promise<void>,
): Promise<DatabaseCopy> {
  const { deps, specification, progress, phases, passed } = input;
  const { servers, rules } = input.scope;
  const { options } = specification;
  const [source, target] = await Promise.all([readServerFacts(snapshot.session), readServerFacts(claim)]);
  const { archive } = await phases.run('schema dump', () =>
    dumpSchema(deps, {
      lend: lendFrom(servers.source),
      snapshot: snapshot.id,
      // The target's schema is compared with it later, as the same pg_dump writes it.
      serverVersionNum: options.verify ? Math.max(source.versionNum, target.versionNum) : source.versionNum,
      signal: deps.signal,
    }),
  );
  const { entries, skipped } = selectEntries(archive.entries, (oid) => isInScope(rules, oid));
  if (!source.isSuperuser) skipped.push(...listHidden(passed.facts));
  const checkpoint = await openCheckpoint(claim, {
    fingerprint: fingerprintOf(passed.facts, servers.source.database, specification),
    sourceSchemas: new Set(archive.entries.filter(({ kind }) => kind === 'SCHEMA').map(({ tag }) => tag)),
  });
  const tuning = { ...DEFAULT_TUNING, ...deps.tuning };
  const undivided = planRestore({ ...archive, entries });
  const plan = {
    ...undivided,
    afterData: await divideConstraints(undivided.afterData, {
      source: snapshot.session,
      tables: snapshot.tables,
      doneKeys: checkpoint.doneKeys,
      tuning,
    }),
  };
  checkSchemaIsTheSame(checkpoint, plan);
  const largeObjects = await planObjectParts(snapshot.session);
  const count = chooseLaneCount({
    jobs: options.jobs,
    tables: snapshot.tables,
    otherBytes: bytesOf(largeObjects),
    sourceFacts: source,
    targetFacts: target,
  });
  const lanesInput = { servers, count, snapshotIds: { source: snapshot.id }, prepareTarget: markAsWorking };
  return withLanes(lanesInput, async (lanes) => {
    const context: CopyContext = {
      deps,
      servers,
      snapshot,
      plan,
      rules,
      largeObjects,
      options: {
        noOwner: options.no_owner,
        noAcl: options.no_acl,
        targetVersionNum: target.versionNum,
        extensionVersions: chooseExtensionVersions(passed.facts),
      },
      lanes,
      checkpoint,
      repeat: { deps, servers, tuning, assertRunStands },
      rate: new RateLimit(options.max_rate_bytes_per_second ?? null),
      indexJobs: options.index_jobs ?? lanes.length,
      compared: [],
      sourceVersionNum: source.versionNum,
      tuning,
      haveSameEncoding: source.encoding === target.encoding,
      rowEncoding: chooseRowEncoding(source.encoding, target.encoding),
      progress,
      refused: new Map(),
      skipped,
    };
    for (const { phase, run } of copySteps) await phases.run(phase, () => run(context));
    const { rows, bytes } = progress;
    const compare = () =>
      compareDatabase({
        deps,
        scope: input.scope,
        options,
        progress,
        source: snapshot,
        sourceEntries: archive.entries,
        refused: context.refused,
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
  });
}

/** What pg_dump does not show to an ordinary role. */
function listHidden({ source }: Facts): SkippedObject[] {
  return source.superuserObjects
    .filter(({ kind }) => kind === 'subscription')
    .map(({ label }) => ({ object: label, reason: 'only a superuser of the source may read it' }));
}

function countParts({ compared }: CopyContext): NonNullable<InitResult['resumed']> {
  return {
    parts_kept: compared.reduce((sum, { kept }) => sum + kept.length, 0),
    parts_changed: compared.reduce((sum, { changed }) => sum + changed.length, 0),
  };
}
