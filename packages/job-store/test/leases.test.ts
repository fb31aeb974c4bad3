import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ReplicatorError, type JobProgress } from '@seren-replicator/job-models';
import {
  cancelJob,
  claimJob,
  completeJob,
  confirmCancel,
  failJob,
  getJob,
  giveBackJob,
  giveUpJob,
  recordHeartbeat,
  requestCancel,
  requestMachine,
  returnJob,
  type JobTable,
  type Lease,
} from '../src/index.ts';
import { startJobTable } from './support/job-table.ts';
import { jobIn, later, LEASE_MS, leaseOf, progress, START } from './support/jobs.ts';

let table: JobTable;
let stop: () => Promise<void>;
beforeAll(async () => ({ table, stop } = await startJobTable()));
afterAll(() => stop());

const failure = new ReplicatorError('worker_lost', 'The worker was lost.');
const result = { command: 'validate' as const, checks: [] };

test('of ten workers that claim one attempt exactly one gets it', async () => {
  const job = await jobIn('provisioning', table);
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      claimJob(table, { ...leaseOf(job, `worker-${index}`), now: START, leaseMs: LEASE_MS }),
    ),
  );
  const winners = claims.flatMap((claim, index) => (claim.moved ? [`worker-${index}`] : []));
  expect(winners).toHaveLength(1);
  expect((await getJob(table, { jobId: job.job_id }))?.worker_id).toBe(winners[0]);
});

test('a claim for another attempt is refused', async () => {
  const job = await jobIn('provisioning', table);
  const claim = await claimJob(table, { ...leaseOf(job), attempt: 2, now: START, leaseMs: LEASE_MS });
  expect(claim.moved).toBe(false);
});

test('a job that is to be cancelled gets neither a machine nor a worker', async () => {
  const job = await jobIn('provisioning', table);
  await requestCancel(table, { jobId: job.job_id, owner: job.owner, now: START });
  const machine = await requestMachine(table, { jobId: job.job_id, attempt: 1, now: START });
  const claim = await claimJob(table, { ...leaseOf(job), now: START, leaseMs: LEASE_MS });
  expect([machine.moved, claim.moved]).toEqual([false, false]);
});

test('a claim that comes in before the reconciler keeps the job', async () => {
  const { job_id: jobId } = await jobIn('running', table);
  const loss = { jobId, attempt: 1, now: later(1), because: 'never_claimed' as const };
  expect(await returnJob(table, loss)).toMatchObject({ moved: false });
  expect(await giveUpJob(table, { ...loss, failure })).toMatchObject({ moved: false });
});

describe('a heartbeat', () => {
  test('prolongs the lease, keeps the progress and tells of a cancel', async () => {
    const job = await jobIn('running', table);
    const first = await recordHeartbeat(table, leaseOf(job), {
      now: later(5_000),
      leaseMs: LEASE_MS,
      progress,
    });
    expect(first.job).toMatchObject({
      lease_expires_at: later(5_000 + LEASE_MS).toISOString(),
      progress,
    });
    expect(first.job?.cancel_requested_at).toBeUndefined();

    await requestCancel(table, { jobId: job.job_id, owner: job.owner, now: later(6_000) });
    const second = await recordHeartbeat(table, leaseOf(job), { now: later(10_000), leaseMs: LEASE_MS });
    expect(second.job).toMatchObject({ cancel_requested_at: later(6_000).toISOString(), progress });
  });

  test('notes when its job came to follow the source, once and for all attempts', async () => {
    const job = await jobIn('running', table);
    const jobId = job.job_id;
    const beat = (now: Date, sync?: JobProgress['sync']) =>
      recordHeartbeat(table, leaseOf(job), {
        now,
        leaseMs: LEASE_MS,
        progress: { ...progress, ...(sync !== undefined && { sync }) },
      });
    const sync = { transactions: 1, rows: 1, lag_bytes: 0 };
    expect((await beat(later(1))).job).not.toHaveProperty('followed_at');
    await beat(later(2), sync);
    await beat(later(3), sync);
    await returnJob(table, { jobId, attempt: 1, now: later(2 * LEASE_MS), because: 'lease_expired' });
    expect(await getJob(table, { jobId })).toMatchObject({ attempt: 2, followed_at: later(2).toISOString() });
  });

  test('that comes late neither shortens the lease nor brings old progress back', async () => {
    const job = await jobIn('running', table);
    const beat = (ms: number, tables: number) =>
      recordHeartbeat(table, leaseOf(job), {
        now: later(ms),
        leaseMs: LEASE_MS,
        progress: { ...progress, tables_completed: tables },
      });
    await beat(10_000, 7);
    const { moved } = await beat(5_000, 3);
    expect(moved).toBe(true);
    expect(await getJob(table, { jobId: job.job_id })).toMatchObject({
      lease_expires_at: later(10_000 + LEASE_MS).toISOString(),
      progress: { tables_completed: 7 },
    });
  });

  test('that comes in before the reconciler keeps the job', async () => {
    const job = await jobIn('running', table);
    const expired = later(LEASE_MS + 1);
    await recordHeartbeat(table, leaseOf(job), { now: expired, leaseMs: LEASE_MS });
    const loss = { jobId: job.job_id, attempt: 1, now: expired, because: 'lease_expired' as const };
    expect(await returnJob(table, loss)).toMatchObject({ moved: false });
    expect(await giveUpJob(table, { ...loss, failure })).toMatchObject({ moved: false });
  });
});

describe('a worker that has lost its lease', () => {
  const writes: Record<string, (lease: Lease) => Promise<{ moved: boolean }>> = {
    heartbeat: (lease) => recordHeartbeat(table, lease, { now: later(1), leaseMs: LEASE_MS, progress }),
    completion: (lease) => completeJob(table, lease, { now: later(1), result }),
    failure: (lease) =>
      failJob(table, lease, { now: later(1), failure: new ReplicatorError('internal', 'No.') }),
    'giving back': (lease) => giveBackJob(table, lease, { now: later(1) }),
    cancel: (lease) => confirmCancel(table, lease, { now: later(1) }),
  };

  test.each(Object.keys(writes))('can write nothing while the next one runs: %s', async (name) => {
    const job = await jobIn('running', table);
    const jobId = job.job_id;
    await returnJob(table, { jobId, attempt: 1, now: later(LEASE_MS), because: 'lease_expired' });
    await claimJob(table, { jobId, attempt: 2, workerId: 'worker-2', now: START, leaseMs: LEASE_MS });
    await requestCancel(table, { jobId, owner: job.owner, now: START });
    const before = await getJob(table, { jobId });

    expect(await writes[name]?.(leaseOf(job))).toMatchObject({ moved: false });
    // Neither under the number of the attempt that took over.
    expect(await writes[name]?.({ ...leaseOf(job), attempt: 2 })).toMatchObject({ moved: false });
    expect(await getJob(table, { jobId })).toEqual(before);
  });
});

test('a lease is for one attempt: that of an earlier one is lost, also to the same worker', async () => {
  const job = await jobIn('running', table);
  const jobId = job.job_id;
  await returnJob(table, { jobId, attempt: 1, now: later(LEASE_MS), because: 'lease_expired' });
  await claimJob(table, { ...leaseOf(job), attempt: 2, now: later(LEASE_MS), leaseMs: LEASE_MS });
  const completion = await completeJob(table, leaseOf(job), { now: later(LEASE_MS), result });
  expect(completion).toMatchObject({ moved: false, job: { status: 'running', attempt: 2 } });
});

test('a job that nobody asked to cancel is not', async () => {
  const job = await jobIn('running', table);
  expect(await cancelJob(table, { jobId: job.job_id, attempt: 1, now: START })).toMatchObject({
    moved: false,
  });
  expect(await confirmCancel(table, leaseOf(job), { now: START })).toMatchObject({ moved: false });
});

describe('the next attempt', () => {
  test('after a lost worker carries nothing of the last one but the count', async () => {
    const { job_id: jobId } = await jobIn('running', table);
    const { job } = await returnJob(table, {
      jobId,
      attempt: 1,
      now: later(LEASE_MS),
      because: 'lease_expired',
    });
    expect(job).toMatchObject({ attempt: 2, lost_attempts: 1, started_at: START.toISOString() });
    expect(Object.keys(job ?? {})).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/worker_id|lease_expires_at|progress/)]),
    );
  });

  test('after one that did well for long counts anew', async () => {
    const { job_id: jobId } = await jobIn('running', table);
    const loss = { jobId, now: later(LEASE_MS), because: 'lease_expired' as const };
    await returnJob(table, { ...loss, attempt: 1 });
    await claimJob(table, { jobId, attempt: 2, workerId: 'w', now: START, leaseMs: LEASE_MS });
    const { job } = await returnJob(table, { ...loss, attempt: 2, countsAnew: true });
    expect(job).toMatchObject({ attempt: 3, lost_attempts: 1 });
    expect(job).not.toHaveProperty('claimed_at');
  });

  test('after a worker that gave back does not count as lost', async () => {
    const job = await jobIn('running', table);
    const { job: returned } = await giveBackJob(table, leaseOf(job), { now: later(1) });
    expect(returned).toMatchObject({ status: 'provisioning', attempt: 2, lost_attempts: 0 });
  });
});

describe('a request that is repeated because its answer was lost', () => {
  test('finds its own claim', async () => {
    const job = await jobIn('running', table);
    const again = await claimJob(table, { ...leaseOf(job), now: later(9), leaseMs: LEASE_MS });
    expect(again).toMatchObject({ moved: true, job: { started_at: START.toISOString() } });
  });

  test('finds its own failure', async () => {
    const job = await jobIn('running', table);
    const failure = new ReplicatorError('copy_failed', 'The copy failed.');
    const ends = [
      await failJob(table, leaseOf(job), { now: later(1), failure }),
      await failJob(table, leaseOf(job), { now: later(2), failure }),
    ];
    expect(ends).toMatchObject([{ moved: true }, { moved: true, job: { error_code: 'copy_failed' } }]);
  });
});
