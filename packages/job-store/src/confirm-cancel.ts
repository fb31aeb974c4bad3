import type { JobProgress, ReplicatorError } from '@seren-replicator/job-models';
import { describeFailure } from './describe-failure.ts';
import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';

/**
 * The worker's end of a job that was asked to be cancelled, once nothing of its work is left running.
 *
 * @param failure how its work ended: what of it stays, and what to do about that
 */
export function confirmCancel(
  table: JobTable,
  lease: Lease,
  input: { now: Date; failure?: ReplicatorError; progress?: JobProgress },
): Promise<MoveOutcome> {
  const { now, failure, progress } = input;
  return moveLeasedJob(table, lease, {
    event: 'cancel',
    now,
    set: {
      completed_at: now.toISOString(),
      ...(failure === undefined ? {} : describeFailure(failure)),
      ...(progress === undefined ? {} : { progress }),
    },
    remove: ['lease_expires_at'],
    conditions: [{ attribute: 'cancel_requested_at', exists: true }],
  });
}
