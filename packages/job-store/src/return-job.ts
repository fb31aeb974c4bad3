import type { Condition } from './conditional-update.ts';
import type { JobTable } from './job-table.ts';
import { moveJob, type MoveOutcome } from './move-job.ts';
import { leftByAttempt } from './next-attempt.ts';

/**
 * Takes a job from an attempt that was lost and hands it to the next one. `machine_gone`: there is no machine that
 * could still write. `lease_expired`: there may be; a heartbeat that comes in first keeps the job.
 */
export function returnJob(
  table: JobTable,
  input: { jobId: string; attempt: number; now: Date; because: 'machine_gone' | 'lease_expired' },
): Promise<MoveOutcome> {
  const { jobId, attempt, now, because } = input;
  const leaseExpired: Condition = { attribute: 'lease_expires_at', atMost: now.toISOString() };
  return moveJob(table, {
    event: 'lose_worker',
    jobId,
    now,
    increment: ['attempt', 'lost_attempts'],
    remove: leftByAttempt,
    conditions: [
      { attribute: 'attempt', equals: attempt },
      ...(because === 'lease_expired' ? [leaseExpired] : []),
    ],
  });
}
