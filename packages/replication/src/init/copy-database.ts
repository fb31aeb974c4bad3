/**
 * One database, from an empty target to a verified copy. Faults shorter than a lane's patience are mended there; when
 * the snapshot or the claim is lost (a server restarted, the network was away for long) the copy is begun again from
 * its checkpoint, under a new snapshot.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import { listUserObjects } from '../catalog/list-user-objects.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { withTargetClaim } from '../checkpoint/claim-target.ts';
import type { EngineDeps } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { listTablesInScope } from '../scope/list-tables-in-scope.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { standingOf, whileStanding } from '../snapshot/standing-of.ts';
import { withSnapshot, type Snapshot } from '../snapshot/with-snapshot.ts';
import { endSync } from '../sync/end-sync.ts';
import { goOnFollowing } from '../sync/go-on-following.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { preflight, type PassedPreflight } from '../validate/preflight.ts';
import { copyAndFollow, toldAgain } from './copy-and-follow.ts';
import { copySnapshot, type SnapshotCopy } from './copy-snapshot.ts';
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

export interface DatabaseCopy extends Omit<SnapshotCopy, 'checkpoint'> {
  /** Null where changes are followed by now: the record of that has taken its place. */
  checkpoint: Checkpoint | null;
  /** Null for a copy that nothing follows. */
  sync: SyncRecord | null;
}

/** Seconds between attempts at the whole copy; an attempt that got somewhere starts over with the first one. */
const DELAYS_SECONDS = [1, 2, 4, 8, 15, 30, 60];

/** Copies one database whose preflight has passed. */
export async function copyDatabase(input: CopyDatabaseInput): Promise<DatabaseCopy> {
  const { deps, scope, specification, progress } = input;
  let { passed } = input;
  let copy: DatabaseCopy | null = null;
  for (let attempt = 0; ; attempt += 1) {
    const bytesBefore = progress.movedBytes;
    try {
      // What is on the target by now is this run's own, whether or not an earlier one was to be resumed.
      const options = { ...specification.options, resume: true };
      if (attempt > 0) {
        const { source, target } = scope.servers;
        await Promise.all([source.endLost(), target.endLost()]);
        if (copy === null) passed = await preflight(scope, { ...specification, options }, deps.job);
      }
      copy ??= await attemptCopy({ ...input, passed });
      return copy.sync === null ? copy : { ...copy, sync: await goOn(input, copy.sync) };
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

/** Null when somebody has ended the sync meanwhile. */
async function goOn({ deps, scope }: CopyDatabaseInput, sync: SyncRecord): Promise<SyncRecord | null> {
  const goneOn = await goOnFollowing(deps, scope.servers, sync);
  deps.log.info({ name: sync.name, repaired: goneOn?.repaired ?? null }, 'changes come');
  return goneOn?.record ?? null;
}

async function attemptCopy(input: CopyDatabaseInput): Promise<DatabaseCopy> {
  const { deps, scope, passed, phases, specification } = input;
  const { source, target } = scope.servers;
  const { facts, decision } = passed;
  const { sync } = facts.target;
  if (decision === 'follow' && sync !== null) return toldAgain(sync);
  const mustDrop =
    decision === 'fresh' && (facts.target.userObjects.length > 0 || facts.target.checkpoint !== null);
  // A record that is still here is of a copy that was not finished, or is to be dropped: its slot is of no use.
  if (sync !== null) await endSync(scope.servers, sync);
  await phases.run('target database', async () =>
    prepareTarget({
      target,
      targetVersionNum: facts.target.server.versionNum,
      hasDatabase: facts.target.hasDatabase,
      mustDrop,
      definition: facts.source.definition,
      signal: deps.signal,
    }),
  );
  return withTargetClaim(target, deps.signal, async (claim) => {
    if (decision === 'fresh') await assertEmpty(claim, target.database);
    const listTables = (session: Session) => listTablesInScope(session, scope.rules);
    const copy = (snapshot: Snapshot) => {
      const assertRunStands = standingOf([snapshot.session, claim]);
      return whileStanding(assertRunStands, () =>
        copySnapshot({ ...input, snapshot, claim, assertRunStands }),
      );
    };
    if (!specification.options.no_sync) return copyAndFollow(input, { listTables, copy });
    return { ...(await withSnapshot(source, listTables, copy)), sync: null };
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
