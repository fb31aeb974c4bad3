/**
 * Follows the source for as long as its sessions last: one that holds the claim and looks things up on the target, one
 * that writes there, one that looks things up on the source, one that reads the slot. The first to fail ends them all.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { withApplierClaim } from '../checkpoint/claim-target.ts';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { findRecordOf } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { tuningOf } from '../tuning.ts';
import { conflictError, noteConflict, SyncConflictError } from './conflict.ts';
import { Follower, type FollowerInput, type FollowerResult, type FollowerSessions } from './follower.ts';
import { parseLsn } from './lsn.ts';
import { openApplySession } from './open-apply-session.ts';
import { takeSlot } from './take-slot.ts';

/** The server's default timeout is 60 s; it asks at half of it. */
const MAX_STATUS_INTERVAL_MS = 10_000;

export interface FollowOnceInput extends FollowerInput {
  servers: Servers;
  record: Pick<SyncRecord, 'name' | 'applied'>;
}

/**
 * One that was to follow on is done when its sync was ended: by a cutover or sync --stop, which may take the slot away
 * before it has seen that it is to end.
 *
 * @throws ReplicatorError; `sync_conflict` after the record says so
 * @throws CareNeededError when a careful attempt would tell more
 */
export async function followOnce(deps: EngineDeps, input: FollowOnceInput): Promise<FollowerResult> {
  const { source, target } = input.servers;
  const { signal } = deps;
  const isToFollowOn = input.stopAt === null;
  return withApplierClaim(target, { signal, waitsForCutover: isToFollowOn }, async (claim) => {
    const record = await findRecordOf(claim, input.record);
    if (record === null) return endedElsewhere(input);
    try {
      return await source.withSession(async (watcher) => {
        await takeSlot(watcher, record, signal);
        const apply = await openApplySession(target, record);
        try {
          return await withReplication(deps, input, { claim, watcher, apply, record });
        } finally {
          await target.close(apply.session);
        }
      });
    } catch (error) {
      if (isToFollowOn && isSlotLost(error) && (await isToEnd(claim, record))) return endedElsewhere(input);
      if (!(error instanceof SyncConflictError)) throw error;
      await noteConflict(claim, record, error.conflict);
      throw conflictError(error.conflict, error);
    }
  });
}

/** What had to be applied was applied by whoever has ended it; whether a position was reached, nobody can tell. */
function endedElsewhere({ stopAt, record }: FollowOnceInput): FollowerResult {
  if (stopAt === null) return { isDone: true, applied: parseLsn(record.applied) };
  throw new ReplicatorError(
    'sync_missing',
    'The target does not follow the source any more: its record is gone; run init to begin anew.',
  );
}

function isSlotLost(error: unknown): boolean {
  return error instanceof ReplicatorError && error.code === 'slot_lost';
}

async function isToEnd(claim: Session, known: SyncRecord): Promise<boolean> {
  const record = await findRecordOf(claim, known);
  return record === null || record.stopAt !== null || record.cutover?.isPastReturn === true;
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
