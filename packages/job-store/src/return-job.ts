import type { JobTable } from './job-table.ts';
import { lossConditions, type LossEvidence } from './loss-evidence.ts';
import { moveJob, type MoveOutcome } from './move-job.ts';
import { leftByAttempt } from './next-attempt.ts';

/** Takes a job from an attempt that was lost and hands it to the next one. */
export function returnJob(
  table: JobTable,
  input: {
    jobId: string;
    attempt: number;
    now: Date;
    because: LossEvidence;
    /** The attempt had done well for long: what was lost before it counts no more. */
    countsAnew?: boolean;
  },
): Promise<MoveOutcome> {
  const { jobId, attempt, now, because, countsAnew = false } = input;
  return moveJob(table, {
    event: 'lose_worker',
    jobId,
    now,
    ...(countsAnew
      ? { set: { lost_attempts: 1 }, increment: ['attempt'] }
      : { increment: ['attempt', 'lost_attempts'] }),
    remove: leftByAttempt,
    conditions: [{ attribute: 'attempt', equals: attempt }, ...lossConditions(because, now)],
  });
}
