import type { JobProgress, JobResult, ReplicatorError } from '@seren-replicator/job-models';
import { describeFailure } from './describe-failure.ts';
import { fitResult } from './fit-result.ts';
import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';

/** The worker's bad end; one that still has something to show brings its result. */
export function failJob(
  table: JobTable,
  lease: Lease,
  input: { now: Date; failure: ReplicatorError; result?: JobResult; progress?: JobProgress },
): Promise<MoveOutcome> {
  const { now, failure, result, progress } = input;
  return moveLeasedJob(table, lease, {
    event: 'fail',
    now,
    set: {
      completed_at: now.toISOString(),
      ...describeFailure(failure),
      ...(result === undefined ? {} : { result: fitResult(result) }),
      ...(progress === undefined ? {} : { progress }),
    },
    remove: ['lease_expires_at'],
  });
}
