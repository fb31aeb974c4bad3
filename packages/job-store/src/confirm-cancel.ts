import type { JobProgress } from '@seren-replicator/job-models';
import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';

/** The worker's end of a job that was asked to be cancelled, once nothing of its work is left running. */
export function confirmCancel(
  table: JobTable,
  lease: Lease,
  input: { now: Date; progress?: JobProgress },
): Promise<MoveOutcome> {
  const { now, progress } = input;
  return moveLeasedJob(table, lease, {
    event: 'cancel',
    now,
    set: { completed_at: now.toISOString(), ...(progress === undefined ? {} : { progress }) },
    remove: ['lease_expires_at'],
    conditions: [{ attribute: 'cancel_requested_at', exists: true }],
  });
}
