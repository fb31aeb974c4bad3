/**
 * Moves records and machines towards each other. Level-triggered: a pass looks at what is, not at what happened, so
 * that a lost event costs the time until the next pass, never a job. Passes may overlap, also in several processes:
 * every move is conditional and every start is idempotent.
 *
 * One job that cannot be moved does not keep the others: it is logged, counted and met again in the next pass.
 */
import { describeError, isFinalState } from '@seren-replicator/job-models';
import { getJob, listJobsByStatus, type JobRecord, type JobTable } from '@seren-replicator/job-store';
import { isThrottling } from '../is-throttling.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { carryOut } from './carry-out.ts';
import { decideJob } from './decide-job.ts';
import { decideMachine } from './decide-machine.ts';
import { Places } from './places.ts';
import type { ReconcilerLimits } from './reconciler-limits.ts';
import type { WorkerFleet, WorkerMachine } from './worker-fleet.ts';

export interface ReconcilerDeps {
  table: JobTable;
  fleet: WorkerFleet;
  limits: ReconcilerLimits;
  log: Log;
  metrics: Metrics;
}

export interface ReconcileSummary {
  /** Jobs and machines that could not be dealt with. */
  failures: number;
  /** The jobs among them, and those of the machines. */
  failedJobIds: string[];
}

/** @param changedJobIds jobs that were just written: the index that lists jobs may not show them yet */
export async function reconcile(
  deps: ReconcilerDeps,
  now: Date,
  changedJobIds: readonly string[] = [],
): Promise<ReconcileSummary> {
  const { log, metrics, table } = deps;
  const machines = await deps.fleet.list();
  const { jobs, unreadable } = await listUnfinished(table, changedJobIds);
  if (unreadable.length > 0) log.error({ jobIds: unreadable }, 'job records cannot be read');
  metrics.add('OldestJobSeconds', ageOfOldest(jobs, now));
  metrics.add('MachinesAlive', machines.filter(isAlive).length);
  const failedJobIds = [
    ...(await reconcileJobs(deps, { jobs, machines, now })),
    ...(await reconcileMachines(deps, { jobs, machines, now })),
    ...unreadable,
  ];
  metrics.add('ReconcileFailures', failedJobIds.length);
  return { failures: failedJobIds.length, failedJobIds };
}

interface World {
  jobs: JobRecord[];
  machines: WorkerMachine[];
  now: Date;
}

async function reconcileJobs(deps: ReconcilerDeps, { jobs, machines, now }: World): Promise<string[]> {
  const failed: string[] = [];
  const places = new Places(deps.limits.maxWorkers, { jobs, machines });
  for (const job of jobs) {
    const { job_id: jobId, attempt } = job;
    const own = machines.filter((machine) => machine.jobId === jobId && machine.attempt === attempt);
    const decision = decideJob({ job, machine: own.find(isAlive) ?? own[0], now }, deps.limits);
    if (decision.action === 'wait') continue;
    if (decision.action === 'start_worker' && !places.take({ jobId, attempt })) continue;
    const log = deps.log.child({ jobId, attempt });
    try {
      await carryOut({ ...deps, log }, { job, decision, now });
    } catch (error) {
      log.error({ action: decision.action, failure: describeError(error) }, 'job could not be moved');
      if (isThrottling(error)) deps.metrics.add('Throttled', 1);
      failed.push(jobId);
    }
  }
  return failed;
}

async function reconcileMachines(deps: ReconcilerDeps, { jobs, machines, now }: World): Promise<string[]> {
  const failed: string[] = [];
  for (const machine of machines.filter(isAlive)) {
    const { machineId, jobId, attempt } = machine;
    try {
      // A list may lag behind, and machines are only ever stopped on what is known for sure.
      const listed = jobs.find((job) => job.job_id === jobId && job.attempt === attempt);
      const job = listed ?? (await getJob(deps.table, { jobId }));
      if (decideMachine({ machine, job, now }, deps.limits) === 'keep') continue;
      deps.log.info({ machineId, jobId, attempt }, 'stopping a machine without work');
      await deps.fleet.stop(machineId);
      deps.metrics.add('MachinesReaped', 1);
    } catch (error) {
      deps.log.error({ machineId, jobId, failure: describeError(error) }, 'machine could not be dealt with');
      failed.push(jobId);
    }
  }
  return failed;
}

/** Those that run, then those that wait, the oldest first, so that places go to those who wait longest. */
async function listUnfinished(
  table: JobTable,
  changedJobIds: readonly string[],
): Promise<{ jobs: JobRecord[]; unreadable: string[] }> {
  const [running, provisioning] = await Promise.all([
    listJobsByStatus(table, { status: 'running' }),
    listJobsByStatus(table, { status: 'provisioning' }),
  ]);
  const listed = new Map([...running.jobs, ...provisioning.jobs].map((job) => [job.job_id, job]));
  for (const jobId of changedJobIds.filter((id) => !listed.has(id))) {
    const job = await getJob(table, { jobId });
    if (job !== null && !isFinalState(job.status)) listed.set(jobId, job);
  }
  return { jobs: [...listed.values()], unreadable: [...running.unreadable, ...provisioning.unreadable] };
}

/** What follows its source is meant to stay; what has come to a halt tells of nothing that it follows. */
function ageOfOldest(jobs: readonly JobRecord[], now: Date): number {
  const awaited = jobs.filter((job) => job.progress?.sync === undefined);
  const ages = awaited.map((job) => (now.getTime() - Date.parse(job.created_at)) / 1_000);
  return Math.max(0, ...ages);
}

function isAlive(machine: WorkerMachine): boolean {
  return machine.state === 'alive';
}
