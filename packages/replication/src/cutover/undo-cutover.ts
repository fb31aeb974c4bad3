/**
 * Takes a cutover back that did not get to its point of no return: with sessions of its own, because the run's are
 * ended by then, or are ended first. What was done is known from the record on the target, so that it makes no
 * difference whether this run did it or one that has died.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError, toReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Server, Servers } from '../session/server.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { withRespite } from '../session/with-servers.ts';
import { isHandedOver } from '../sync/is-handed-over.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import { claimCutover } from './claim-cutover.ts';
import type { CutoverDatabase } from './cutover-context.ts';
import { letWritersIn, unlockStatement } from './lock-source.ts';
import { withChanges } from './note-cutover.ts';
import { undoSteps, type Undone } from './undo-steps.ts';

/** A server that is being restarted is back by then, mostly. */
export const UNDO_DEADLINE_MS = 60_000;
const RETRY_MS = 500;

type LeftDatabase = Pick<CutoverDatabase, 'record' | 'sequencesBefore'>;

export async function undoCutover(
  deps: EngineDeps,
  servers: Servers,
  databases: readonly Pick<CutoverDatabase, 'scope' | 'record' | 'sequencesBefore'>[],
): Promise<Undone> {
  const undone: Undone = { steps: new Set(), problems: [] };
  // Nothing of the run may come after what is done here.
  const [, isTargetThere] = await Promise.all([servers.source.endAll(), servers.target.endAll()]);
  await Promise.all(
    databases.map(async ({ scope, record, sequencesBefore }) => {
      const left: LeftDatabase = { record, sequencesBefore };
      try {
        await withRespite(
          scope.servers,
          async (again, signal) => {
            const ofUndo = { ...deps, signal };
            if (!isTargetThere) await letIn(ofUndo, again.source, left);
            await takeOver(ofUndo, again, left);
            // What is left to be taken back is in the record afterwards.
            left.record = await undoSteps(ofUndo, again, left, undone);
          },
          UNDO_DEADLINE_MS,
        );
      } catch (error) {
        undone.problems.push(toReplicatorError(error).message);
      }
      if (left.record.cutover?.lock == null) return;
      undone.problems.push(
        `The ${scope.servers.source.describe()} may be read-only still: run the same command again, or sync; or there: ${unlockStatement(scope.servers, left.record)}`,
      );
    }),
  );
  return undone;
}

/**
 * Takes back what a cutover that has died has left, for a run that holds its claim and goes on following.
 *
 * @returns what was taken back, in words
 * @throws ReplicatorError `sync_missing` past the point of no return
 */
export async function undoLeftCutover(deps: EngineDeps, servers: Servers): Promise<string[]> {
  const record = await servers.target.withSession(findSyncRecord);
  if (record?.cutover == null) return [];
  if (await servers.source.withSession((session) => isHandedOver(session, record))) {
    throw new ReplicatorError(
      'sync_missing',
      `A cutover to the ${servers.target.describe()} is past its point of no return, and the source is not followed any more; run cutover again to finish it.`,
    );
  }
  const undone: Undone = { steps: new Set(), problems: [] };
  await undoSteps(deps, servers, { record, sequencesBefore: null }, undone);
  if (undone.problems.length > 0) throw new ReplicatorError('query_failed', undone.problems.join(' '));
  return [...undone.steps].map((step) => `the step ${step} of an interrupted cutover is taken back`);
}

/**
 * Claims the target again, and takes the record as it is there by now. A target that is out of reach holds up no writers
 * of the source. The claim lasts as long as the servers' sessions.
 *
 * @throws ReplicatorError `target_in_use` or `sync_missing` when another run has taken over
 */
async function takeOver(deps: EngineDeps, { source, target }: Servers, left: LeftDatabase): Promise<void> {
  const { signal, log } = deps;
  for (;;) {
    try {
      await target.endLost();
      await claimAgain(target, left);
      return;
    } catch (error) {
      const isLost = error instanceof ReplicatorError && isConnectionError(error);
      if (!isLost && !signal.aborted) throw error;
      // What of it is on the server still is ended before the next attempt.
      await target.closeAll();
    }
    if (signal.aborted) {
      throw new ReplicatorError(
        'connection_lost',
        `The ${target.describe()} could not be reached within ${UNDO_DEADLINE_MS / 1000} s: the same command, or sync, takes back what is noted there.`,
      );
    }
    log.warn({ database: target.database }, 'target lost; going on taking the cutover back');
    await letIn(deps, source, left);
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function claimAgain(target: Server, left: LeftDatabase): Promise<void> {
  await claimCutover(target);
  const record = await target.withSession(findSyncRecord);
  if (record?.name === left.record.name) {
    left.record = record;
    return;
  }
  left.record = { ...left.record, cutover: null };
  throw new ReplicatorError(
    'sync_missing',
    `Another run has ended the sync of the ${target.describe()} meanwhile, and left the source as it is now.`,
  );
}

/** Writers, as soon as their server can be told. */
async function letIn({ signal, log }: EngineDeps, source: Server, left: LeftDatabase): Promise<void> {
  const { record } = left;
  const lock = record.cutover?.lock ?? null;
  if (lock === null) return;
  try {
    await letWritersIn(source, lock, signal);
    left.record = { ...record, cutover: withChanges(record, { lock: null }) };
  } catch (error) {
    log.warn({ reason: toReplicatorError(error).message }, 'writers could not be let in again yet');
  }
}
