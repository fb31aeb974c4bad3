import { describeError, ReplicatorError } from '@seren-replicator/job-models';
import { claimJob, type JobRecord, type JobTable, type Lease } from '@seren-replicator/job-store';
import type { Reach } from '@seren-replicator/reach';
import type { CommandOutcome } from '@seren-replicator/replication';
import type { UrlSealer } from '@seren-replicator/sealing';
import type { Logger } from 'pino';
import { holdLease, type HeldLease } from './hold-lease.ts';
import { recordEnd, type JobEnd, type RunEnd } from './record-end.ts';
import { runEngine } from './run-engine.ts';
import type { Stop } from './stop.ts';
import type { WorkerConfig } from './worker-config.ts';

export interface WorkerDeps {
  table: JobTable;
  sealer: Pick<UrlSealer, 'open'>;
  reach: Reach;
  log: Logger;
  now: () => Date;
  stop: Stop;
}

/** One attempt of one job from claim to end. `refused`: the attempt is somebody
 * else's or is wanted no more, or this worker was told to stop before it began. */
export async function runJob(deps: WorkerDeps, config: WorkerConfig): Promise<JobEnd | 'refused'> {
  const { log, stop } = deps;
  const { jobId, attempt, workerId, times } = config;
  if (stop.reason !== null) return 'refused';
  const lease: Lease = { jobId, attempt, workerId };
  const claimedAtMs = performance.now();
  const claim = await claimJob(deps.table, { ...lease, now: deps.now(), leaseMs: times.leaseMs });
  if (!claim.moved) {
    log.info({ status: claim.job?.status ?? null, current: claim.job?.attempt ?? null }, 'claim refused');
    return 'refused';
  }
  log.info({ workerId, command: claim.job.command }, 'job claimed');
  const held = holdLease(deps, { lease, claimedAtMs, times, stop });
  let jobEnd: JobEnd | undefined;
  const record = async (outcome: RunEnd['outcome']): Promise<JobEnd> => {
    await held.release();
    const end: RunEnd = { outcome, stopReason: stop.reason, progress: held.latestProgress() };
    return recordEnd(deps, { lease, leaseMs: times.leaseMs, end });
  };
  // While the next attempt could still go on from the checkpoint.
  const onDone = async (outcome: CommandOutcome): Promise<void> => {
    jobEnd = await record(outcome);
    if (jobEnd === 'lost') throw new ReplicatorError('worker_lost', 'The end of the job was not recorded.');
  };
  const outcome = await work(deps, config, { job: claim.job, held, onDone });
  jobEnd ??= await record(outcome);
  log.info({ end: jobEnd, stopReason: stop.reason, ...failureOf(outcome) }, 'job ended');
  return jobEnd;
}

interface Work {
  job: JobRecord;
  held: HeldLease;
  onDone: (outcome: CommandOutcome) => Promise<void>;
}

async function work(
  { sealer, reach, log, stop }: WorkerDeps,
  { path, times }: WorkerConfig,
  { job, held, onDone }: Work,
): Promise<RunEnd['outcome']> {
  const onProgress: HeldLease['reportProgress'] = (progress) => held.reportProgress(progress);
  try {
    return await runEngine(
      { sealer, reach, log, path, onProgress, onDone, signal: stop.signal },
      { job, stopDeadlineMs: times.stopDeadlineMs },
    );
  } catch (error) {
    return { thrown: error };
  }
}

function failureOf(outcome: RunEnd['outcome']): { failure?: ReturnType<typeof describeError> } {
  if ('thrown' in outcome) return { failure: describeError(outcome.thrown) };
  return outcome.failure === null ? {} : { failure: describeError(outcome.failure) };
}
