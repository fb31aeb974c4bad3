import { storableSpecificationSchema } from '@seren-replicator/job-models';
import {
  claimJob,
  createJob,
  getJob,
  type JobRecord,
  type JobTable,
  type MoveOutcome,
} from '@seren-replicator/job-store';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import {
  reconcile,
  type MetricName,
  type Metrics,
  type ReconcilerLimits,
  type ReconcileSummary,
} from '../../src/index.ts';
import { MemoryFleet } from './memory-fleet.ts';

export const LEASE_MS = 30_000;
const limits: ReconcilerLimits = {
  maxWorkers: 100,
  maxLostAttempts: 3,
  steadyAttemptMs: 600_000,
  startDeadlineMs: 60_000,
  cancelGraceMs: 20_000,
  exitGraceMs: 10_000,
};

const start = new Date('2026-11-20T12:00:00.000Z');
/** Seconds after the job was submitted. */
export const at = (seconds: number): Date => new Date(start.getTime() + seconds * 1_000);

const specification = storableSpecificationSchema.parse({
  schema_version: '1.0',
  command: 'validate',
  options: { job_timeout_seconds: 3_600 },
});

export async function submitted(table: JobTable, now = at(0), changes: object = {}): Promise<string> {
  const { job } = await createJob(table, {
    job_id: randomUUID(),
    owner: 'alice',
    source: 'postgresql://source:5432/db',
    target: 'postgresql://target:5432/db',
    sealed_source_url: 'sealed',
    sealed_target_url: 'sealed',
    specification: { ...specification, ...changes },
    now,
  });
  return job.job_id;
}

/** One world: a table, a fleet, and passes of the reconciler over them at times that the test names. */
export class World {
  readonly fleet = new MemoryFleet();
  readonly measured: [MetricName, number][] = [];
  readonly table: JobTable;

  constructor(table: JobTable) {
    this.table = table;
  }

  pass(seconds: number, changes: Partial<ReconcilerLimits> = {}): Promise<ReconcileSummary> {
    const { table, fleet } = this;
    const log = pino({ level: 'silent' });
    const metrics: Metrics = { add: (name, value) => void this.measured.push([name, value]) };
    return reconcile({ table, fleet, log, metrics, limits: { ...limits, ...changes } }, at(seconds));
  }

  claim(jobId: string, attempt: number, seconds: number): Promise<MoveOutcome> {
    const workerId = `worker-${attempt}`;
    return claimJob(this.table, { jobId, attempt, workerId, now: at(seconds), leaseMs: LEASE_MS });
  }

  async job(jobId: string): Promise<JobRecord> {
    const job = await getJob(this.table, { jobId });
    if (job === null) throw new Error(`There is no job ${jobId}.`);
    return job;
  }
}
