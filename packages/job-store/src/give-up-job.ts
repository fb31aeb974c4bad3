import type { ReplicatorError } from '@seren-replicator/job-models';
import { describeFailure } from './describe-failure.ts';
import type { JobTable } from './job-table.ts';
import { lossConditions, type LossEvidence } from './loss-evidence.ts';
import { moveJob, type MoveOutcome } from './move-job.ts';

/**
 * Ends a job from outside: no attempt is left after the loss of this one (`because`), or no time. A worker that is
 * still at it has lost its lease.
 */
export function giveUpJob(
  table: JobTable,
  input: { jobId: string; attempt: number; now: Date; failure: ReplicatorError; because?: LossEvidence },
): Promise<MoveOutcome> {
  const { jobId, attempt, now, failure, because } = input;
  return moveJob(table, {
    event: 'give_up',
    jobId,
    now,
    set: { completed_at: now.toISOString(), ...describeFailure(failure) },
    remove: ['lease_expires_at'],
    conditions: [
      { attribute: 'attempt', equals: attempt },
      ...(because === undefined ? [] : lossConditions(because, now)),
    ],
  });
}
