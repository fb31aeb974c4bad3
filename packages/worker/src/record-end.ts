/**
 * Writes how the run ended. The write is repeated while it does not come through, for as long as a lease lasts: the
 * hours of work behind it are worth it. It is conditional, so that it is harmless when the lease was lost meanwhile.
 */
import { describeError, toReplicatorError } from '@seren-replicator/job-models';
import {
  completeJob,
  confirmCancel,
  failJob,
  giveBackJob,
  type JobTable,
  type Lease,
  type MoveOutcome,
} from '@seren-replicator/job-store';
import type { CommandOutcome } from '@seren-replicator/replication';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { HeldLease } from './hold-lease.ts';
import type { StopReason } from './stop.ts';

const RETRY_INTERVAL_MS = 1_000;

export interface RunEnd {
  /** What the engine came back with, or what it threw. */
  outcome: CommandOutcome | { thrown: unknown };
  stopReason: StopReason | null;
  progress: ReturnType<HeldLease['latestProgress']>;
}

/** How the worker leaves the job; `lost`: to another worker, or to the expiry of its lease. */
export type JobEnd = 'completed' | 'failed' | 'cancelled' | 'given_back' | 'lost';

export async function recordEnd(
  deps: { table: JobTable; log: Logger; now: () => Date },
  { lease, leaseMs, end }: { lease: Lease; leaseMs: number; end: RunEnd },
): Promise<JobEnd> {
  const { kind, write } = chooseEnd(deps.table, lease, end);
  if (kind === 'lost') return kind;
  // Giving back saves the wait for the lease to run out; when it fails, that is what happens.
  const deadlineMs = kind === 'given_back' ? 0 : performance.now() + leaseMs;
  for (;;) {
    try {
      const { moved } = await write(deps.now());
      return moved ? kind : 'lost';
    } catch (error) {
      deps.log.warn({ failure: describeError(error) }, 'the end of the job could not be recorded');
      if (performance.now() >= deadlineMs) return 'lost';
      await sleep(RETRY_INTERVAL_MS);
    }
  }
}

type Write = (now: Date) => Promise<MoveOutcome>;

/** Work that is done is done, whatever it was asked in its last moment; otherwise the reason for the stop decides. */
function chooseEnd(
  table: JobTable,
  lease: Lease,
  { outcome, stopReason, progress: latest }: RunEnd,
): { kind: Exclude<JobEnd, 'lost'>; write: Write } | { kind: 'lost'; write?: never } {
  const progress = latest === undefined ? {} : { progress: latest };
  if (!('thrown' in outcome)) {
    const { result, failure } = outcome;
    if (failure === null) {
      return { kind: 'completed', write: (now) => completeJob(table, lease, { now, result, ...progress }) };
    }
    return { kind: 'failed', write: (now) => failJob(table, lease, { now, failure, result, ...progress }) };
  }
  const failure = toReplicatorError(outcome.thrown);
  switch (stopReason) {
    case 'lease_lost':
      return { kind: 'lost' };
    case 'told_to_stop':
      return { kind: 'given_back', write: (now) => giveBackJob(table, lease, { now }) };
    case 'cancel_requested':
      return {
        kind: 'cancelled',
        write: (now) => confirmCancel(table, lease, { now, failure, ...progress }),
      };
    case null:
      return { kind: 'failed', write: (now) => failJob(table, lease, { now, failure, ...progress }) };
  }
}
