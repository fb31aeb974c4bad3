import type { JobTable } from './job-table.ts';
import { moveJob, type MoveOutcome } from './move-job.ts';

/**
 * Notes when the attempt's machine was asked for, before it is: the deadline of a machine that never comes counts
 * from here, and not from when the job was submitted, since jobs may queue. Asking again keeps the first time.
 */
export function requestMachine(
  table: JobTable,
  input: { jobId: string; attempt: number; now: Date },
): Promise<MoveOutcome> {
  const { jobId, attempt, now } = input;
  return moveJob(table, {
    event: 'request_machine',
    jobId,
    now,
    setOnce: { machine_requested_at: now.toISOString() },
    conditions: [
      { attribute: 'attempt', equals: attempt },
      { attribute: 'cancel_requested_at', exists: false },
    ],
  });
}
