/** From a sync that was begun, whatever has become of it, to one whose changes come. */
import { ReplicatorError } from '@seren-replicator/job-models';
import { claimCutover } from '../cutover/claim-cutover.ts';
import { undoLeftCutover } from '../cutover/undo-cutover.ts';
import type { EngineDeps } from '../engine.ts';
import type { Server, Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { repairSync } from './repair-sync.ts';
import { findRecordOf } from './store-sync-record.ts';
import type { SyncRecord } from './sync-record.ts';

export interface GoneOn {
  record: SyncRecord;
  /** What was made whole, in words. */
  repaired: string[];
}

/**
 * Waits for a cutover that is under way, takes back what one that died has left, and makes whole what is missing.
 *
 * @returns null when the sync was ended meanwhile, by a cutover or by sync --stop
 * @throws ReplicatorError `sync_missing` when a cutover that died is past its point of no return; `slot_lost`;
 * `sync_conflict` when the subscription does not come up
 */
export async function goOnFollowing(
  deps: EngineDeps,
  servers: Servers,
  known: SyncRecord,
): Promise<GoneOn | null> {
  const { target } = servers;
  const claim = await claimWhenFree(deps, target);
  try {
    const undone = await undoLeftCutover(deps, servers);
    const record = await target.withSession((session) => findRecordOf(session, known));
    if (record === null) return null;
    return { record, repaired: [...undone, ...(await repairSync(deps, servers, record))] };
  } finally {
    await target.close(claim);
  }
}

/** A cutover ends by itself; whoever is to follow has nothing to do until then. */
async function claimWhenFree({ log, signal }: EngineDeps, target: Server): Promise<Session> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await claimCutover(target);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ReplicatorError) || error.code !== 'target_in_use') throw error;
      if (!isTold) log.warn({ database: target.database }, 'a cutover is under way, and is waited for');
    }
  }
}
