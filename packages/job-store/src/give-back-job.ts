import type { JobTable } from './job-table.ts';
import { moveLeasedJob, type Lease, type MoveOutcome } from './move-job.ts';
import { leftByAttempt } from './next-attempt.ts';

/** A worker that was told to stop hands the job to the next attempt, which may start at once. */
export function giveBackJob(table: JobTable, lease: Lease, input: { now: Date }): Promise<MoveOutcome> {
  return moveLeasedJob(table, lease, {
    event: 'give_back',
    now: input.now,
    increment: ['attempt'],
    remove: leftByAttempt,
  });
}
