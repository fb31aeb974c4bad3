import type { JobTable } from './job-table.ts';
import { moveJob, type MoveOutcome } from './move-job.ts';

/** Ends, from outside, a job that was asked to be cancelled: no worker is there to do it, or none that does. */
export function cancelJob(
  table: JobTable,
  input: { jobId: string; attempt: number; now: Date },
): Promise<MoveOutcome> {
  const { jobId, attempt, now } = input;
  return moveJob(table, {
    event: 'cancel',
    jobId,
    now,
    set: { completed_at: now.toISOString() },
    remove: ['lease_expires_at'],
    conditions: [
      { attribute: 'attempt', equals: attempt },
      { attribute: 'cancel_requested_at', exists: true },
    ],
  });
}
