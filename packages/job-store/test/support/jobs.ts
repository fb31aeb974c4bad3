import {
  ReplicatorError,
  storableSpecificationSchema,
  type JobProgress,
  type JobState,
} from '@seren-replicator/job-models';
import { randomUUID } from 'node:crypto';
import {
  cancelJob,
  claimJob,
  completeJob,
  createJob,
  giveUpJob,
  requestCancel,
  type JobRecord,
  type JobTable,
  type Lease,
  type NewJob,
} from '../../src/index.ts';

export const LEASE_MS = 30_000;
export const START = new Date('2026-11-20T12:00:00.000Z');
export const later = (ms: number): Date => new Date(START.getTime() + ms);

export const storable = storableSpecificationSchema.parse({ schema_version: '1.0', command: 'validate' });

export const progress: JobProgress = {
  phase: 'copy',
  current_database: 'db',
  databases_completed: 0,
  databases_total: 1,
  tables_completed: 3,
  tables_total: 11,
  rows_copied: 12,
  bytes_copied: 1_000,
  bytes_total: 9_007_199_254_740_991,
  eta_seconds: null,
  active: [{ table: 'public.t', phase: 'copy', bytes_copied: 1, bytes_total: 2 }],
};

export function newJob(fields: Partial<NewJob> = {}): NewJob & { now: Date } {
  return {
    job_id: randomUUID(),
    owner: 'alice',
    source: 'postgresql://source:5432/db',
    target: 'postgresql://target:5432/db',
    sealed_source_url: 'sealed source',
    sealed_target_url: 'sealed target',
    specification: storable,
    now: START,
    ...fields,
  };
}

export const leaseOf = (job: JobRecord, workerId = 'worker-1'): Lease => ({
  jobId: job.job_id,
  attempt: job.attempt,
  workerId,
});

/** A job that came to the state by the moves that lead there. */
export async function jobIn(state: JobState, table: JobTable): Promise<JobRecord> {
  const { job } = await createJob(table, newJob());
  const lease = leaseOf(job);
  const at = { jobId: job.job_id, attempt: 1, now: START };
  const claim = () => claimJob(table, { ...lease, now: START, leaseMs: LEASE_MS });
  switch (state) {
    case 'provisioning':
      break;
    case 'running':
      await claim();
      break;
    case 'completed':
      await claim();
      await completeJob(table, lease, { now: START, result: { command: 'validate', checks: [] } });
      break;
    case 'failed':
      await giveUpJob(table, { ...at, failure: new ReplicatorError('worker_lost', 'Lost.') });
      break;
    case 'cancelled':
      await requestCancel(table, { jobId: job.job_id, owner: job.owner, now: START });
      await cancelJob(table, at);
      break;
  }
  return job;
}
