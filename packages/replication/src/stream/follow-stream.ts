/** Follows the source until it is told to end, over short faults of both servers and of the network between. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError, type SyncProgress } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { isConnectionError, sqlStateOf } from '../session/translate-error.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { CareNeededError } from './conflict.ts';
import { followOnce } from './follow-once.ts';
import type { FollowerResult } from './follower.ts';
import { formatLsn } from './lsn.ts';

/** Between attempts that got nowhere; a server's restart takes minutes. */
const LONGEST_DELAY_SECONDS = 15;
const DELAYS_SECONDS = [0.1, 0.5, 1, 2, 4, 8, ...Array<number>(40).fill(LONGEST_DELAY_SECONDS)];
const PROGRESS_INTERVAL_MS = 300;
/**
 * Locks of others on the target: deadlock, serialization, lock_timeout. Too many connections, for a while. A target that
 * is read-only, as a standby is until it takes over; a slot that somebody has just looked into.
 */
const PASSING = new Set(['40P01', '40001', '55P03', '53300', '25006', '55006']);

export interface FollowInput {
  servers: Servers;
  record: SyncRecord;
  onProgress: (progress: SyncProgress) => void;
  /** Where to end; what the record says when it is left out. */
  stopAt?: string;
}

export interface Followed {
  transactions: number;
  rows: number;
  /** Up to where all is applied and confirmed. */
  applied: string;
}

/**
 * Applies the changes of the record's slot to the target.
 *
 * @returns when the position at which to end is reached
 * @throws ReplicatorError `cancelled`, `sync_conflict` (the record holds it too), `slot_lost`, `target_in_use`,
 * `permission_denied`, or what keeps a server from being reached for longer than a restart takes
 */
export async function followStream(deps: EngineDeps, input: FollowInput): Promise<Followed> {
  const progress = new Progress(input.onProgress);
  let isCareful = false;
  for (let failures = 0; ;) {
    const before = progress.transactions;
    try {
      const { isDone, applied } = await attempt(deps, input, { isCareful, progress });
      if (isDone)
        return { transactions: progress.transactions, rows: progress.rows, applied: formatLsn(applied) };
      isCareful = false;
    } catch (error) {
      throwIfCancelled(deps.signal, error);
      const hasFollowed = progress.followedMs > 1000 * (DELAYS_SECONDS[failures] ?? LONGEST_DELAY_SECONDS);
      if (progress.transactions > before || hasFollowed) failures = 0;
      if (error instanceof CareNeededError && !isCareful) {
        isCareful = true;
        deps.log.info({}, 'the target refused a change; looking for it row by row');
        continue;
      }
      const delay = DELAYS_SECONDS[failures];
      if (!isPassing(error) || delay === undefined) throw error;
      failures += 1;
      deps.log.warn({ code: error.code, reason: error.message, delay }, 'following interrupted; going on');
      await sleep(delay * 1000, undefined, { signal: deps.signal }).catch(() => undefined);
      throwIfCancelled(deps.signal, error);
    }
  }
}

interface Attempt {
  isCareful: boolean;
  progress: Progress;
}

async function attempt(
  deps: EngineDeps,
  { servers, record, stopAt }: FollowInput,
  { isCareful, progress }: Attempt,
): Promise<FollowerResult> {
  await Promise.all([servers.source.endLost(), servers.target.endLost()]);
  progress.beginAttempt();
  return followOnce(deps, {
    servers,
    record,
    stopAt: stopAt ?? null,
    isCareful,
    onStart: () => progress.noteStart(),
    onProgress: (counted) => progress.note(counted),
  });
}

function throwIfCancelled(signal: AbortSignal, cause: unknown): void {
  if (!signal.aborted) return;
  throw new ReplicatorError('cancelled', 'The run was cancelled; run sync to go on from there.', { cause });
}

function isPassing(error: unknown): error is ReplicatorError {
  if (!(error instanceof ReplicatorError)) return false;
  return isConnectionError(error) || PASSING.has(sqlStateOf(error) ?? '');
}

/** Adds up what attempts have applied, and tells it now and then. */
class Progress {
  readonly #onProgress: FollowInput['onProgress'];
  #earlier = { transactions: 0, rows: 0 };
  #toldAt = 0;
  #startedAt = Infinity;
  /** For how long the attempt has followed, as far as it gave a sign of that. */
  followedMs = 0;
  transactions = 0;
  rows = 0;

  constructor(onProgress: FollowInput['onProgress']) {
    this.#onProgress = onProgress;
  }

  noteStart(): void {
    this.#startedAt = performance.now();
  }

  beginAttempt(): void {
    this.#startedAt = Infinity;
    this.followedMs = 0;
    this.#earlier = { transactions: this.transactions, rows: this.rows };
  }

  note(counted: { transactions: number; rows: number; lag_bytes: number | null }): void {
    this.transactions = this.#earlier.transactions + counted.transactions;
    this.rows = this.#earlier.rows + counted.rows;
    this.followedMs = performance.now() - this.#startedAt;
    const { lag_bytes } = counted;
    if (lag_bytes === null || performance.now() - this.#toldAt < PROGRESS_INTERVAL_MS) return;
    this.#toldAt = performance.now();
    this.#onProgress({ transactions: this.transactions, rows: this.rows, lag_bytes });
  }
}
