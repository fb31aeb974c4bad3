import type { JobProgress } from '@seren-replicator/job-models';
import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';

/**
 * Prolongs the lease and, with `progress`, tells how far the work is. The job that comes back says whether a cancel
 * was requested; a refusal says that the lease is lost.
 *
 * A lease is never made shorter: a heartbeat that a network delivers late, or twice, would let the reconciler give the
 * job to another worker while this one still counts on what a later heartbeat brought it.
 */
export function recordHeartbeat(
  table: JobTable,
  lease: Lease,
  input: { now: Date; leaseMs: number; progress?: JobProgress },
): Promise<MoveOutcome> {
  const { now, leaseMs, progress } = input;
  const expiresAt = new Date(now.getTime() + leaseMs).toISOString();
  return moveLeasedJob(table, lease, {
    event: 'heartbeat',
    now,
    set: {
      lease_expires_at: expiresAt,
      ...(progress === undefined ? {} : { progress }),
    },
    ...(progress?.sync !== undefined && { setOnce: { followed_at: now.toISOString() } }),
    conditions: [{ attribute: 'lease_expires_at', atMost: expiresAt }],
  });
}
