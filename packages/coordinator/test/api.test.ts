import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { claimJob, completeJob, getJob, type JobTable } from '@seren-replicator/job-store';
import { randomUUID } from 'node:crypto';
import { ALICE, BOB, specification, testApi, type TestApi } from './support/api.ts';
import { startJobTable } from './support/job-table.ts';

let table: JobTable;
let stop: () => Promise<void>;
let api: TestApi;
beforeAll(async () => {
  ({ table, stop } = await startJobTable());
  api = testApi(table);
});
afterAll(() => stop());

async function submitted(key = ALICE): Promise<string> {
  const { body } = await api.request('POST', '/jobs', { key, body: specification });
  return body.job_id;
}

async function completed(): Promise<string> {
  const jobId = await submitted();
  const lease = { jobId, attempt: 1, workerId: 'w' };
  await claimJob(table, { ...lease, now: new Date(), leaseMs: 1_000 });
  await completeJob(table, lease, { now: new Date(), result: { command: 'validate', checks: [] } });
  return jobId;
}

describe('the key', () => {
  test('is not asked for by GET /health, which names the version', async () => {
    const { status, body } = await api.request('GET', '/health', { key: null });
    expect([status, body]).toEqual([200, { status: 'ok', version: '1.2.3' }]);
  });

  test.each([
    ['GET', '/jobs'],
    ['POST', '/jobs'],
    ['GET', `/jobs/${randomUUID()}`],
    ['POST', `/jobs/${randomUUID()}/cancel`],
    ['GET', '/openapi.json'],
  ])('is asked for by %s %s', async (method, path) => {
    for (const key of [null, '', 'wrong-key', `${ALICE}x`, 'alice']) {
      const { status, body } = await api.request(method, path, { key });
      expect([status, body.code]).toEqual([401, 'unauthorized']);
    }
  });

  test('is in no log line', async () => {
    await api.request('GET', '/jobs');
    expect(api.logged()).toContain('"route":"/jobs"');
    expect(api.logged()).not.toContain(ALICE);
  });
});

test('an unknown route is a 404 in JSON', async () => {
  for (const [method, path] of [
    ['GET', '/nothing'],
    ['DELETE', '/health'],
    ['GET', '/'],
  ] as const) {
    const { status, body } = await api.request(method, path);
    expect([status, body.code]).toEqual([404, 'not_found']);
  }
});

test('the OpenAPI document names every route', async () => {
  const { status, body } = await api.request('GET', '/openapi.json');
  expect(status).toBe(200);
  expect(Object.keys(body['paths'] as object).toSorted()).toEqual([
    '/health',
    '/jobs',
    '/jobs/{job_id}',
    '/jobs/{job_id}/cancel',
    '/jobs/{job_id}/logs',
    '/jobs/{job_id}/retry',
  ]);
  expect(JSON.stringify(body)).toContain('source_url');
});

describe('GET /jobs/{job_id}', () => {
  test('shows a job as the contract has it', async () => {
    const jobId = await submitted();
    const { status, body } = await api.request('GET', `/jobs/${jobId}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      job_id: jobId,
      command: 'validate',
      status: 'provisioning',
      attempt: 1,
      created_at: expect.stringMatching(/Z$/),
      started_at: null,
      completed_at: null,
      source: 'postgresql://***@source:5432/db',
      target: 'postgresql://***@target:5432/db',
      progress: null,
      result: null,
      error: null,
      error_code: null,
      retry_of: null,
    });
  });

  test('shows the result of a completed job', async () => {
    const { body } = await api.request('GET', `/jobs/${await completed()}`);
    expect(body).toMatchObject({ status: 'completed', result: { command: 'validate', checks: [] } });
  });

  test.each([
    ['another key’s job', () => submitted(BOB)],
    ['a job that never was', async () => randomUUID()],
    ['what is not an id', async () => 'x'.repeat(3_000)],
  ])('does not know %s', async (_, idOf) => {
    const path = `/jobs/${await idOf()}`;
    for (const [method, suffix] of [
      ['GET', ''],
      ['POST', '/cancel'],
    ] as const) {
      const { status, body } = await api.request(method, path + suffix);
      expect([status, body.code]).toEqual([404, 'not_found']);
    }
  });
});

describe('POST /jobs/{job_id}/cancel', () => {
  test('answers 202 with the job, however often it is asked', async () => {
    const jobId = await submitted();
    for (let times = 0; times < 2; times += 1) {
      const { status, body } = await api.request('POST', `/jobs/${jobId}/cancel`);
      expect([status, body.job_id]).toEqual([202, jobId]);
    }
    expect(api.changes).toContainEqual({ jobId, what: 'cancel_requested' });
  });

  test('of another key’s job leaves no mark on it', async () => {
    const jobId = await submitted(BOB);
    await api.request('POST', `/jobs/${jobId}/cancel`);
    expect(await getJob(table, { jobId })).not.toHaveProperty('cancel_requested_at');
  });

  test('of a job that has completed is a conflict', async () => {
    const { status, body } = await api.request('POST', `/jobs/${await completed()}/cancel`);
    expect([status, body.code]).toEqual([409, 'conflict']);
  });
});

describe('GET /jobs', () => {
  test('shows the caller’s own, newest first, page by page', async () => {
    const own = testApi(table);
    const mine: string[] = [];
    for (let count = 0; count < 5; count += 1) mine.push(await submitted(BOB));
    await submitted(ALICE);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await own.request('GET', `/jobs?limit=2${cursor}`, { key: BOB });
      const page = body['jobs'] as { job_id: string }[];
      const next = body['next_cursor'] as string | null;
      expect(page.length).toBeLessThanOrEqual(2);
      seen.push(...page.map((job) => job.job_id));
      cursor = next === null ? '' : `&cursor=${next}`;
    } while (cursor !== '');
    expect(seen.filter((id) => mine.includes(id)).toSorted()).toEqual(mine.toSorted());
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('shows those in one status', async () => {
    const jobId = await completed();
    const { body } = await api.request('GET', '/jobs?status=completed');
    const jobs = body['jobs'] as { job_id: string; status: string; result: unknown }[];
    expect(jobs.map((job) => job.job_id)).toContain(jobId);
    expect(new Set(jobs.map((job) => job.status))).toEqual(new Set(['completed']));
    expect(jobs.map((job) => job.result)).toEqual(jobs.map(() => null));
  });

  test('takes a parameter without a value as one that is left out', async () => {
    const { status } = await api.request('GET', '/jobs?status=&limit=&cursor=');
    expect(status).toBe(200);
  });

  test.each([
    ['status=sleeping', 'status'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=many', 'limit'],
    ['cursor=nonsense', 'cursor'],
    [`cursor=${Buffer.from('["x","y"]').toString('base64url')}`, 'cursor'],
  ])('refuses ?%s', async (query, path) => {
    const { status, body } = await api.request('GET', `/jobs?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', details: [{ path }] });
  });
});

test('a failure inside is a 500 without its message or stack, and is logged without its message', async () => {
  const broken = testApi(table, {
    sealer: {
      seal: async () => {
        throw new Error('postgresql://me:hunter2@host/db');
      },
    },
  });
  const { status, body, text } = await broken.request('POST', '/jobs', { body: specification });
  expect([status, body.code]).toEqual([500, 'internal']);
  expect(text).not.toMatch(/hunter2| at /);
  expect(broken.logged()).toContain('request failed');
  expect(broken.logged()).not.toContain('hunter2');
});

test('a table that is throttled is a 429 with Retry-After', async () => {
  const throttled = testApi(table, {
    sealer: {
      seal: async () => {
        throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      },
    },
  });
  const { status, body, headers } = await throttled.request('POST', '/jobs', { body: specification });
  expect([status, body.code]).toEqual([429, 'throttled']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
});
