/**
 * What an unfinished job needs now, from its record and its machine alone: no history, no I/O. Asked again a second
 * later it decides the same, until what it asked for has happened.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { JobRecord, LossEvidence } from '@seren-replicator/job-store';
import type { ReconcilerLimits } from './reconciler-limits.ts';
import type { WorkerMachine } from './worker-fleet.ts';

export type JobDecision =
  | { action: 'wait' }
  | { action: 'start_worker' }
  | { action: 'cancel' }
  | { action: 'return'; because: LossEvidence }
  | { action: 'give_up'; failure: ReplicatorError; because?: LossEvidence };

export interface JobSituation {
  job: JobRecord;
  /** The machine of this attempt, where the fleet knows one. */
  machine: WorkerMachine | undefined;
  now: Date;
}

export function decideJob(situation: JobSituation, limits: ReconcilerLimits): JobDecision {
  const { job } = situation;
  if (job.cancel_requested_at !== undefined) return decideCancel(situation, limits);
  if (isOutOfTime(situation)) return { action: 'give_up', failure: outOfTime(job) };
  const because = job.status === 'running' ? lossOfWorker(situation) : lossOfStart(situation, limits);
  if (because !== null) return decideLoss(job, because, limits);
  const needsMachine = job.status === 'provisioning' && situation.machine === undefined;
  return { action: needsMachine ? 'start_worker' : 'wait' };
}

/** A worker that is there gets the time to undo its work, and then says itself that the job is cancelled. */
function decideCancel(situation: JobSituation, limits: ReconcilerLimits): JobDecision {
  const { job, machine, now } = situation;
  const isWorkerAtIt =
    job.status === 'running' &&
    machine?.state !== 'gone' &&
    lossOfWorker(situation) === null &&
    !hasPassed(job.cancel_requested_at, limits.cancelGraceMs, now);
  return { action: isWorkerAtIt ? 'wait' : 'cancel' };
}

/**
 * A machine that is gone is no evidence: there may have been two for one attempt, and the other one, which a list may
 * not show, have the job. Its lease has run out soon.
 */
function lossOfWorker({ job, now }: JobSituation): LossEvidence | null {
  return hasPassed(job.lease_expires_at, 0, now) ? 'lease_expired' : null;
}

function lossOfStart({ job, machine, now }: JobSituation, limits: ReconcilerLimits): LossEvidence | null {
  const isOverdue = hasPassed(job.machine_requested_at, limits.startDeadlineMs, now);
  return machine?.state === 'gone' || isOverdue ? 'never_claimed' : null;
}

function decideLoss(job: JobRecord, because: LossEvidence, limits: ReconcilerLimits): JobDecision {
  if (job.lost_attempts + 1 < limits.maxLostAttempts) return { action: 'return', because };
  const times = `${limits.maxLostAttempts} times`;
  const failure =
    job.status === 'running'
      ? new ReplicatorError('worker_lost', `The worker was lost ${times}. Submit the job again.`)
      : new ReplicatorError(
          'worker_start_failed',
          `No worker could be started, ${times}. Submit the job again.`,
        );
  return { action: 'give_up', failure, because };
}

function isOutOfTime({ job, now }: JobSituation): boolean {
  return hasPassed(job.started_at, job.specification.options.job_timeout_seconds * 1_000, now);
}

function outOfTime(job: JobRecord): ReplicatorError {
  const seconds = job.specification.options.job_timeout_seconds;
  return new ReplicatorError(
    'timeout',
    `The job did not end within ${seconds} seconds. Submit it again with a larger job_timeout_seconds.`,
  );
}

function hasPassed(start: string | undefined, durationMs: number, now: Date): boolean {
  return start !== undefined && Date.parse(start) + durationMs <= now.getTime();
}
