/**
 * Takes a cutover back that did not get to its point of no return: with sessions of its own, because the run's are
 * ended by then, or are ended first. What was done is known from the record on the target, so that it makes no
 * difference whether this run did it or one that has died.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { isConnectionError } from '../session/translate-error.ts';
import { withRespite } from '../session/with-servers.ts';
import { isHandedOver } from '../sync/is-handed-over.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { claimCutover } from './claim-cutover.ts';
import type { CutoverDatabase } from './cutover-context.ts';
import { unlockStatement } from './lock-source.ts';
import { undoSteps, type Undone } from './undo-steps.ts';

/** A server that is being restarted is back by then, mostly. */
const DEADLINE_MS = 60_000;

type UndoableDatabase = Pick<CutoverDatabase, 'record' | 'sequencesBefore'>;

export async function undoCutover(
  deps: EngineDeps,
  servers: Servers,
  databases: readonly (UndoableDatabase & Pick<CutoverDatabase, 'scope'>)[],
): Promise<Undone> {
  const undone: Undone = { steps: new Set(), problems: [] };
  // Nothing of the run may come after what is done here.
  await Promise.all([servers.source.endAll(), servers.target.endAll()]);
  await Promise.all(
    databases.map(({ scope, ...database }) =>
      withRespite(
        scope.servers,
        (again, signal) => undoDatabase({ ...deps, signal }, again, database, undone),
        DEADLINE_MS,
      ),
    ),
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

async function undoDatabase(
  deps: EngineDeps,
  servers: Servers,
  database: UndoableDatabase,
  undone: Undone,
): Promise<void> {
  const known = await takeOver(servers, database.record);
  if (known === null) return;
  const record = await undoSteps(deps, servers, { ...database, record: known }, undone);
  if (record.cutover?.lock == null) return;
  undone.problems.push(
    `The ${servers.source.describe()} may be read-only still: run the same command again, or sync; or there: ${unlockStatement(servers, record)}`,
  );
}

/**
 * The record as it is on the target by now. A target that is out of reach holds up nobody: then it is as this run knows
 * it. The claim lasts as long as the servers' sessions.
 *
 * @returns null when another run has taken over, with all that there is to take back
 */
async function takeOver({ target }: Servers, known: SyncRecord): Promise<SyncRecord | null> {
  try {
    await claimCutover(target);
    const record = await target.withSession(findSyncRecord);
    return record?.name === known.name ? record : null;
  } catch (error) {
    if (error instanceof ReplicatorError && error.code === 'target_in_use') return null;
    if (error instanceof ReplicatorError && isConnectionError(error)) return known;
    throw error;
  }
}
