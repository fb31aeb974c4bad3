import type { JobTable } from './job-table.ts';
import { acceptOwnMove, moveJob, type Lease, type MoveOutcome } from './move-job.ts';

/** Takes the lease of one attempt. Of any number of claimers one gets it; a job to be cancelled nobody. */
export async function claimJob(
  table: JobTable,
  input: Lease & { now: Date; leaseMs: number },
): Promise<MoveOutcome> {
  const { jobId, attempt, workerId, now, leaseMs } = input;
  const outcome = await moveJob(table, {
    event: 'claim',
    jobId,
    now,
    set: {
      worker_id: workerId,
      claimed_at: now.toISOString(),
      lease_expires_at: new Date(now.getTime() + leaseMs).toISOString(),
    },
    setOnce: { started_at: now.toISOString() },
    conditions: [
      { attribute: 'attempt', equals: attempt },
      { attribute: 'cancel_requested_at', exists: false },
    ],
  });
  return acceptOwnMove(outcome, input, 'claim');
}
