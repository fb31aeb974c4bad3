/**
 * What an unfinished job needs now, from its record and its machine alone: no history, no I/O. Asked again a second
 * later it decides the same, until what it asked for has happened.
 */
import { ReplicatorError, timeLimitSeconds } from '@seren-replicator/job-models';
import type { JobRecord, LossEvidence } from '@seren-replicator/job-store';
import type { ReconcilerLimits } from './reconciler-limits.ts';
import type { WorkerMachine } from './worker-fleet.ts';

export type JobDecision =
  | { action: 'wait' }
  | { action: 'start_worker' }
  | { action: 'cancel' }
  | { action: 'return'; because: LossEvidence; countsAnew: boolean }
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
  const countsAnew = wasSteady(job, limits);
  const lostBefore = countsAnew ? 0 : job.lost_attempts;
  if (lostBefore + 1 < limits.maxLostAttempts) return { action: 'return', because, countsAnew };
  const times = `${limits.maxLostAttempts} times`;
  const failure =
    job.status === 'running'
      ? new ReplicatorError('worker_lost', `The worker was lost ${times}; ${goingOn(job)}.`)
      : new ReplicatorError('worker_start_failed', `No worker could be started, ${times}; ${goingOn(job)}.`);
  return { action: 'give_up', failure, because };
}

/**
 * Whether the attempt followed its source, and had for a while: over weeks some machines are lost, which must not add up.
 * A copy does not count, however long it took: one that no machine survives has to end.
 */
function wasSteady({ progress, claimed_at, lease_expires_at }: JobRecord, limits: ReconcilerLimits): boolean {
  if (progress?.sync === undefined || claimed_at === undefined || lease_expires_at === undefined)
    return false;
  return Date.parse(lease_expires_at) - Date.parse(claimed_at) >= limits.steadyAttemptMs;
}

function isOutOfTime({ job, now }: JobSituation): boolean {
  const seconds = timeLimitSeconds(job.specification);
  return seconds !== null && hasPassed(job.started_at, seconds * 1_000, now);
}

function outOfTime(job: JobRecord): ReplicatorError {
  return new ReplicatorError(
    'timeout',
    `The job did not end within ${timeLimitSeconds(job.specification)} seconds; ${goingOn(job)}, with as many once more.`,
  );
}

/** Submitted again it would not be the same job: it might begin by dropping what this one has brought. */
function goingOn({ job_id }: JobRecord): string {
  return `seren-replicator jobs retry ${job_id} goes on from where it was`;
}

function hasPassed(start: string | undefined, durationMs: number, now: Date): boolean {
  return start !== undefined && Date.parse(start) + durationMs <= now.getTime();
}
