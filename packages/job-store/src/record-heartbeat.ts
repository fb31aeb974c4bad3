import type { JobProgress } from '@seren-replicator/job-models';
import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';

/**
 * Prolongs the lease and, with `progress`, tells how far the work is. The job that comes back says whether a cancel
 * was requested; a refusal says that the lease is lost.
 */
export function recordHeartbeat(
  table: JobTable,
  lease: Lease,
  input: { now: Date; leaseMs: number; progress?: JobProgress },
): Promise<MoveOutcome> {
  const { now, leaseMs, progress } = input;
  return moveLeasedJob(table, lease, {
    event: 'heartbeat',
    now,
    set: {
      lease_expires_at: new Date(now.getTime() + leaseMs).toISOString(),
      ...(progress === undefined ? {} : { progress }),
    },
  });
}
