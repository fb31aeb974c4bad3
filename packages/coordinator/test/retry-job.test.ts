import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ReplicatorError } from '@seren-replicator/job-models';
import {
  cancelJob,
  claimJob,
  completeJob,
  failJob,
  getJob,
  recordHeartbeat,
  requestCancel,
  type JobTable,
} from '@seren-replicator/job-store';
import { randomUUID } from 'node:crypto';
import { BOB, specification, testApi, type TestApi } from './support/api.ts';
import { startJobTable } from './support/job-table.ts';
import { noProgress } from './support/no-progress.ts';

let table: JobTable;
let stop: () => Promise<void>;
let api: TestApi;
beforeAll(async () => {
  ({ table, stop } = await startJobTable());
  api = testApi(table);
});
afterAll(() => stop());

const submit = async (change: object = {}, options: { key?: string } = {}): Promise<string> =>
  (await api.request('POST', '/jobs', { body: { ...specification, ...change }, ...options })).body.job_id;

async function end(jobId: string, how: 'completed' | 'failed' | 'cancelled'): Promise<string> {
  const now = new Date();
  const lease = { jobId, attempt: 1, workerId: 'w' };
  if (how === 'cancelled') {
    await requestCancel(table, { jobId, owner: 'alice', now });
    await cancelJob(table, { jobId, attempt: 1, now });
    return jobId;
  }
  await claimJob(table, { ...lease, now, leaseMs: 1_000 });
  const failure = new ReplicatorError('copy_failed', 'The copy failed.');
  if (how === 'failed') await failJob(table, lease, { now, failure });
  else await completeJob(table, lease, { now, result: { command: 'validate', checks: [] } });
  return jobId;
}

const retry = (jobId: string, options: { key?: string; headers?: Record<string, string> } = {}) =>
  api.request('POST', `/jobs/${jobId}/retry`, options);

describe('POST /jobs/{job_id}/retry', () => {
  test.each(['failed', 'cancelled'] as const)('does a %s job once more, under a new id', async (how) => {
    const filter = { include_tables: ['public.t'] };
    const jobId = await end(await submit({ filter, options: { resume: false, jobs: 3 } }), how);
    const { status, body } = await retry(jobId);
    expect([status, body.status]).toEqual([201, 'provisioning']);
    expect(body.job_id).not.toBe(jobId);
    const again = await getJob(table, { jobId: body.job_id });
    expect(again).toMatchObject({
      owner: 'alice',
      command: 'validate',
      status: 'provisioning',
      attempt: 1,
      lost_attempts: 0,
      retry_of: jobId,
      specification: { filter, options: { resume: true, jobs: 3 } },
    });
    expect(again).not.toHaveProperty('error_code');
    expect(api.changes).toContainEqual({ jobId: body.job_id, what: 'submitted' });
    const shown = await api.request('GET', `/jobs/${body.job_id}`);
    expect(shown.body).toMatchObject({ retry_of: jobId });
  });

  test('passes the URLs on as they were sealed, and says for which job, also a second time', async () => {
    const first = await end(await submit(), 'failed');
    const original = await getJob(table, { jobId: first });
    const second = (await retry(first)).body.job_id;
    const third = (await retry(await end(second, 'failed'))).body.job_id;
    for (const [jobId, retryOf] of [
      [second, first],
      [third, second],
    ] as const) {
      expect(await getJob(table, { jobId })).toMatchObject({
        sealed_source_url: original?.sealed_source_url,
        sealed_target_url: original?.sealed_target_url,
        sealed_for: first,
        retry_of: retryOf,
      });
    }
  });

  test('knows whether the job had come to follow its source', async () => {
    const jobId = await submit();
    const now = new Date();
    const lease = { jobId, attempt: 1, workerId: 'w' };
    await claimJob(table, { ...lease, now, leaseMs: 1_000 });
    const sync = { transactions: 0, rows: 0, lag_bytes: 0 };
    await recordHeartbeat(table, lease, { now, leaseMs: 1_000, progress: { ...noProgress, sync } });
    await failJob(table, lease, { now, failure: new ReplicatorError('slot_lost', 'No slot.') });
    const second = (await retry(jobId)).body.job_id;
    const third = (await retry(await end(second, 'failed'))).body.job_id;
    expect(await getJob(table, { jobId: third })).toMatchObject({ followed_at: now.toISOString() });
  });

  test('never calls the sealer', async () => {
    const jobId = await end(await submit(), 'failed');
    const seal = async () => Promise.reject(new Error('no'));
    const { status } = await testApi(table, { sealer: { seal } }).request('POST', `/jobs/${jobId}/retry`);
    expect(status).toBe(201);
  });

  test('is a conflict for a job that is under way or done', async () => {
    for (const jobId of [await submit(), await end(await submit(), 'completed')]) {
      const { status, body } = await retry(jobId);
      expect([status, body.code]).toEqual([409, 'conflict']);
    }
  });

  test('repeats its answer under an Idempotency-Key, which is not another request’s', async () => {
    const jobId = await end(await submit(), 'failed');
    const headers = { 'idempotency-key': randomUUID() };
    const answers = [await retry(jobId, { headers }), await retry(jobId, { headers })];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(answers[0]?.body).toEqual(answers[1]?.body);
    const other = await retry(await end(await submit(), 'failed'), { headers });
    expect([other.status, other.body.code]).toEqual([409, 'conflict']);
    const submission = await api.request('POST', '/jobs', { body: specification, headers });
    expect(submission.status).toBe(409);
  });

  test('does not know another key’s job', async () => {
    const jobId = await end(await submit(), 'failed');
    expect((await retry(jobId, { key: BOB })).status).toBe(404);
  });
});

describe('an owner with as many unfinished jobs as it may have', () => {
  test('gets no more until one has ended, and is told when to ask again', async () => {
    const few = testApi(table, { maxJobsPerOwner: 2 });
    const owner = { key: BOB, body: specification };
    const [first] = [await few.request('POST', '/jobs', owner), await few.request('POST', '/jobs', owner)];
    const refused = await few.request('POST', '/jobs', owner);
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_jobs']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(30);
    const { length } = few.changes;
    await end(first.body.job_id, 'failed');
    expect((await few.request('POST', `/jobs/${first.body.job_id}/retry`, { key: BOB })).status).toBe(201);
    const again = await few.request('POST', `/jobs/${first.body.job_id}/retry`, { key: BOB });
    expect([again.status, again.body.code]).toEqual([429, 'too_many_jobs']);
    expect(few.changes).toHaveLength(length + 1);
  });

  test('still gets the answer to a request that it repeats', async () => {
    const one = testApi(table, { maxJobsPerOwner: 1 });
    const keyed = { body: specification, headers: { 'idempotency-key': randomUUID() } };
    const roomy = testApi(table);
    const first = await roomy.request('POST', '/jobs', keyed);
    const again = await one.request('POST', '/jobs', keyed);
    expect([first.status, again.status, again.body.job_id]).toEqual([201, 201, first.body.job_id]);
  });
});
