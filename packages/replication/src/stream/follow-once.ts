/**
 * Follows the source for as long as its sessions last: one that holds the claim and looks things up on the target, one
 * that writes there, one that looks things up on the source, one that reads the slot. The first to fail ends them all.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { withApplierClaim } from '../checkpoint/claim-target.ts';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { tuningOf } from '../tuning.ts';
import { conflictError, noteConflict, SyncConflictError } from './conflict.ts';
import { Follower, type FollowerInput, type FollowerResult, type FollowerSessions } from './follower.ts';
import { openApplySession } from './open-apply-session.ts';
import { takeSlot } from './take-slot.ts';

/** The server's default timeout is 60 s; it asks at half of it. */
const MAX_STATUS_INTERVAL_MS = 10_000;

export interface FollowOnceInput extends FollowerInput {
  servers: Servers;
  record: Pick<SyncRecord, 'name'>;
}

/**
 * @throws ReplicatorError; `sync_conflict` after the record says so
 * @throws CareNeededError when a careful attempt would tell more
 */
export async function followOnce(deps: EngineDeps, input: FollowOnceInput): Promise<FollowerResult> {
  const { source, target } = input.servers;
  return withApplierClaim(target, deps.signal, async (claim) => {
    const record = await readRecord(claim, input.record.name);
    try {
      return await source.withSession(async (watcher) => {
        await takeSlot(watcher, record, deps.signal);
        const apply = await openApplySession(target, record);
        try {
          return await withReplication(deps, input, { claim, watcher, apply, record });
        } finally {
          await target.close(apply.session);
        }
      });
    } catch (error) {
      if (!(error instanceof SyncConflictError)) throw error;
      await noteConflict(claim, record, error.conflict);
      throw conflictError(error.conflict, error);
    }
  });
}

async function readRecord(claim: Session, name: string): Promise<SyncRecord> {
  const record = await findSyncRecord(claim);
  if (record?.name === name) return record;
  throw new ReplicatorError(
    'sync_missing',
    'The target does not follow the source any more: its record is gone; run init to begin anew.',
  );
}

async function withReplication(
  deps: EngineDeps,
  input: FollowOnceInput,
  sessions: Omit<FollowerSessions, 'replication'>,
): Promise<FollowerResult> {
  const { source } = input.servers;
  const replication = await source.openReplication();
  try {
    const statusIntervalMs = await chooseStatusInterval(sessions.watcher, tuningOf(deps).silenceCheckMs);
    return await new Follower(
      { ...input, signal: deps.signal, statusIntervalMs },
      { ...sessions, replication },
    ).run();
  } catch (error) {
    // What is not ended in order may go on there: it is ended before the next attempt.
    replication.cut();
    sessions.apply.session.cut();
    throw error;
  } finally {
    await source.close(replication);
  }
}

async function chooseStatusInterval(watcher: Session, silenceCheckMs: number): Promise<number> {
  const { ms } = await watcher.queryOne<{ ms: number }>(
    'read a setting',
    `SELECT setting::int4 AS ms FROM pg_catalog.pg_settings WHERE name = 'wal_sender_timeout'`,
  );
  const limits = [MAX_STATUS_INTERVAL_MS, silenceCheckMs / 2, ...(ms === 0 ? [] : [ms / 4])];
  return Math.min(...limits);
}
