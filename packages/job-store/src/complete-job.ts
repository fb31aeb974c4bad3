import type { JobProgress, JobResult } from '@seren-replicator/job-models';
import { fitResult } from './fit-result.ts';
import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';

/** The worker's good end. */
export function completeJob(
  table: JobTable,
  lease: Lease,
  input: { now: Date; result: JobResult; progress?: JobProgress },
): Promise<MoveOutcome> {
  const { now, result, progress } = input;
  return moveLeasedJob(table, lease, {
    event: 'complete',
    now,
    set: {
      completed_at: now.toISOString(),
      result: fitResult(result),
      ...(progress === undefined ? {} : { progress }),
    },
    remove: ['lease_expires_at'],
  });
}
