import type { JobTable } from './job-table.ts';
import { moveJob, type MoveOutcome } from './move-job.ts';

/**
 * Notes that a job is to be cancelled; worker and reconciler see to it. Whatever attempt it is at, and only for its
 * owner. Asking again keeps the first time.
 */
export function requestCancel(
  table: JobTable,
  input: { jobId: string; owner: string; now: Date },
): Promise<MoveOutcome> {
  const { jobId, owner, now } = input;
  return moveJob(table, {
    event: 'request_cancel',
    jobId,
    now,
    setOnce: { cancel_requested_at: now.toISOString() },
    conditions: [{ attribute: 'owner', equals: owner }],
  });
}
