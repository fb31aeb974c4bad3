/**
 * One database, from an empty target to a verified copy. Faults shorter than a lane's patience are mended there; when
 * the snapshot or the claim is lost (a server restarted, the network was away for long) the copy is begun again from
 * its checkpoint, under a new snapshot.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import { listUserObjects } from '../catalog/list-user-objects.ts';
import { withTargetClaim } from '../checkpoint/claim-target.ts';
import type { EngineDeps } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { standingOf, whileStanding } from '../snapshot/standing-of.ts';
import { withSnapshot } from '../snapshot/with-snapshot.ts';
import { preflight, type PassedPreflight } from '../validate/preflight.ts';
import { copySnapshot, type DatabaseCopy } from './copy-snapshot.ts';
import type { PhaseTimer } from './phase-timer.ts';
import { prepareTarget } from './prepare-target.ts';

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
      if (attempt > 0) {
        const { source, target } = scope.servers;
        await Promise.all([source.endLost(), target.endLost()]);
        passed = await preflight(scope, { ...specification, options });
      }
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
      definition: facts.source.definition,
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
        return whileStanding(assertRunStands, () =>
          copySnapshot({ ...input, snapshot, claim, assertRunStands }),
        );
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
