import {
  cancelJob,
  giveUpJob,
  requestMachine,
  returnJob,
  type JobRecord,
  type MoveOutcome,
} from '@seren-replicator/job-store';
import type { JobDecision } from './decide-job.ts';
import type { ReconcilerDeps } from './reconcile.ts';

type Decided = Exclude<JobDecision, { action: 'wait' }>;

/**
 * One decision as one conditional write. A refused write means that somebody else moved first: the next pass looks
 * again. Machines of jobs that ended here are stopped by the rule for machines without work.
 */
export async function carryOut(
  { table, fleet, log, metrics }: Pick<ReconcilerDeps, 'table' | 'fleet' | 'log' | 'metrics'>,
  { job, decision, now }: { job: JobRecord; decision: Decided; now: Date },
): Promise<void> {
  const at = { jobId: job.job_id, attempt: job.attempt, now };
  const { moved } = await move();
  if (!moved) return;
  log.info({ decision: describeDecision(decision) }, 'job moved');
  if ('because' in decision) metrics.add('WorkersLost', 1);
  // After the write: a machine that is asked for and not noted would have no deadline.
  if (decision.action === 'start_worker') {
    const { estimated_size_bytes: estimatedSizeBytes } = job.specification.options;
    await fleet.start({ jobId: job.job_id, attempt: job.attempt, estimatedSizeBytes });
  }

  function move(): Promise<MoveOutcome> {
    switch (decision.action) {
      case 'start_worker':
        return requestMachine(table, at);
      case 'cancel':
        return cancelJob(table, at);
      case 'return':
        return returnJob(table, { ...at, because: decision.because, countsAnew: decision.countsAnew });
      case 'give_up':
        return giveUpJob(table, {
          ...at,
          failure: decision.failure,
          ...(decision.because === undefined ? {} : { because: decision.because }),
        });
    }
  }
}

function describeDecision(decision: Decided): Record<string, unknown> {
  return decision.action === 'give_up' ? { action: 'give_up', code: decision.failure.code } : { ...decision };
}
