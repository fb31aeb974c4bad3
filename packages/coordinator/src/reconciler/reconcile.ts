/**
 * Moves records and machines towards each other. Level-triggered: a pass looks at what is, not at what happened, so
 * that a lost event costs the time until the next pass, never a job. Passes may overlap, also in several processes:
 * every move is conditional and every start is idempotent.
 *
 * One job that cannot be moved does not keep the others: it is logged, counted and met again in the next pass.
 */
import { describeError } from '@seren-replicator/job-models';
import { getJob, listJobsByStatus, type JobRecord, type JobTable } from '@seren-replicator/job-store';
import type { Logger } from 'pino';
import { carryOut } from './carry-out.ts';
import { decideJob } from './decide-job.ts';
import { decideMachine } from './decide-machine.ts';
import type { ReconcilerLimits } from './reconciler-limits.ts';
import type { WorkerFleet, WorkerMachine } from './worker-fleet.ts';

export interface ReconcilerDeps {
  table: JobTable;
  fleet: WorkerFleet;
  limits: ReconcilerLimits;
  log: Logger;
}

export interface ReconcileSummary {
  /** Jobs or machines that could not be dealt with. */
  failures: number;
}

export async function reconcile(deps: ReconcilerDeps, now: Date): Promise<ReconcileSummary> {
  const machines = await deps.fleet.list();
  const { jobs, unreadable } = await listUnfinished(deps.table);
  if (unreadable.length > 0) deps.log.error({ jobIds: unreadable }, 'job records cannot be read');
  const failures = [
    ...(await reconcileJobs(deps, { jobs, machines, now })),
    ...(await reconcileMachines(deps, { jobs, machines, now })),
  ];
  return { failures: failures.length + unreadable.length };
}

interface World {
  jobs: JobRecord[];
  machines: WorkerMachine[];
  now: Date;
}

async function reconcileJobs(deps: ReconcilerDeps, { jobs, machines, now }: World): Promise<unknown[]> {
  const failures: unknown[] = [];
  let freePlaces = deps.limits.maxWorkers - machines.filter(isAlive).length;
  for (const job of jobs) {
    const machine = machines.find((each) => each.jobId === job.job_id && each.attempt === job.attempt);
    const decision = decideJob({ job, machine, now }, deps.limits);
    if (decision.action === 'wait') continue;
    if (decision.action === 'start_worker') {
      if (freePlaces <= 0) continue;
      freePlaces -= 1;
    }
    const log = deps.log.child({ jobId: job.job_id, attempt: job.attempt });
    await carryOut({ ...deps, log }, { job, decision, now }).catch((error: unknown) => {
      log.error({ action: decision.action, failure: describeError(error) }, 'job could not be moved');
      failures.push(error);
    });
  }
  return failures;
}

async function reconcileMachines(deps: ReconcilerDeps, { jobs, machines, now }: World): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const machine of machines.filter(isAlive)) {
    const { machineId, jobId, attempt } = machine;
    try {
      // A list may lag behind, and machines are only ever stopped on what is known for sure.
      const listed = jobs.find((job) => job.job_id === jobId && job.attempt === attempt);
      const job = listed ?? (await getJob(deps.table, { jobId }));
      if (decideMachine({ machine, job, now }, deps.limits) === 'keep') continue;
      deps.log.info({ machineId, jobId, attempt }, 'stopping a machine without work');
      await deps.fleet.stop(machineId);
    } catch (error) {
      deps.log.error({ machineId, failure: describeError(error) }, 'machine could not be dealt with');
      failures.push(error);
    }
  }
  return failures;
}

/** Oldest first, so that places go to those who wait longest. */
async function listUnfinished(table: JobTable): Promise<{ jobs: JobRecord[]; unreadable: string[] }> {
  const [running, provisioning] = await Promise.all([
    listJobsByStatus(table, { status: 'running' }),
    listJobsByStatus(table, { status: 'provisioning' }),
  ]);
  return {
    jobs: [...running.jobs, ...provisioning.jobs],
    unreadable: [...running.unreadable, ...provisioning.unreadable],
  };
}

function isAlive(machine: WorkerMachine): boolean {
  return machine.state === 'alive';
}
