import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getJob, type JobTable } from '@seren-replicator/job-store';
import { randomUUID } from 'node:crypto';
import { BOB, specification, testApi, type TestApi } from './support/api.ts';
import { startJobTable } from './support/job-table.ts';

let table: JobTable;
let stop: () => Promise<void>;
let api: TestApi;
beforeAll(async () => {
  ({ table, stop } = await startJobTable());
  api = testApi(table);
});
afterAll(() => stop());

const submit = (body: unknown, options: { key?: string; headers?: Record<string, string> } = {}) =>
  api.request('POST', '/jobs', { body, ...options });

describe('POST /jobs', () => {
  test('accepts a job, writes it with sealed and redacted URLs, and says so', async () => {
    const { status, body } = await submit(specification);
    expect(status).toBe(201);
    expect(body).toEqual({ job_id: expect.any(String), status: 'provisioning' });
    const job = await getJob(table, { jobId: body.job_id });
    expect(job).toMatchObject({
      owner: 'alice',
      status: 'provisioning',
      source: 'postgresql://***@source:5432/db',
      sealed_source_url: expect.stringMatching(/^local-v1:/),
    });
    expect(JSON.stringify(job)).not.toContain('me:pw');
    expect(api.changes).toContainEqual({ jobId: body.job_id, what: 'submitted' });
  });

  test('accepts `version` for `schema_version`', async () => {
    const { schema_version: version, ...rest } = specification;
    expect((await submit({ version, ...rest })).status).toBe(201);
  });

  test.each<[string, object, string]>([
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['an unknown field inside', { options: { jobs: 1, speed: 9 } }, 'options.speed'],
    ['an unknown command', { command: 'explode' }, 'command'],
    ['a number for a list', { filter: { include_tables: 3 } }, 'filter.include_tables'],
    ['an empty pattern', { filter: { include_tables: ['a', ''] } }, 'filter.include_tables.1'],
    ['a missing URL', { source_url: undefined }, 'source_url'],
    ['a URL of something else', { target_url: 'https://example.com' }, 'target_url'],
    ['half a character', { filter: { include_tables: ['\ud83d'] } }, 'filter.include_tables.0'],
    ['half a character in a URL', { source_url: 'postgresql://host/\ud83d' }, 'source_url'],
    ['another version', { schema_version: '2.0' }, 'schema_version'],
  ])('refuses %s with its path', async (_, change, path) => {
    const { status, body } = await submit({ ...specification, ...change });
    expect(status).toBe(400);
    expect(body.code).toBe('invalid_request');
    expect(body.details).toEqual([{ path, message: expect.any(String) }]);
    expect(body.error).toContain(path);
  });

  test('reports every place that is wrong at once', async () => {
    const { body } = await submit({ command: 'init', a: 1, options: { jobs: 0 } });
    expect(body.details?.map((detail) => detail.path).toSorted()).toEqual([
      'a',
      'options.jobs',
      'schema_version',
      'source_url',
      'target_url',
    ]);
  });

  test.each([
    ['a bare value', '"postgresql://me:hunter2@host/db"'],
    ['broken JSON', '{"source_url": "postgresql://me:hunter2@host/db"'],
    ['a misplaced URL', JSON.stringify({ ...specification, command: 'postgresql://me:hunter2@host/db' })],
    ['a broken URL', JSON.stringify({ ...specification, source_url: 'postgresql://me:hunter2@host:x/db' })],
    [
      'an unescaped URL',
      JSON.stringify({ ...specification, source_url: 'postgresql://me:5/hunter2@host/d' }),
    ],
    ['a URL in a list', JSON.stringify({ ...specification, filter: ['postgresql://me:hunter2@host/db'] })],
  ])('repeats no value of a refused body: %s', async (_, body) => {
    const { status, text } = await submit(body);
    expect(status).toBe(400);
    expect(`${text}${api.logged()}`).not.toContain('hunter2');
  });

  test('refuses a body that is not JSON by its content type', async () => {
    const { status, body } = await submit('a=1', { headers: { 'content-type': 'text/plain' } });
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', details: [{ path: 'content-type' }] });
  });

  test('refuses a body that is too large', async () => {
    const huge = { ...specification, filter: { include_tables: ['x'.repeat(300_000)] } };
    const { status, body } = await submit(huge);
    expect([status, body.code]).toEqual([413, 'too_large']);
  });

  test('takes the largest body that it accepts into one record', async () => {
    const tables = Array.from({ length: 190 }, (_, index) => `${'ü'.repeat(500)}${index}`);
    const { status, body } = await submit({ ...specification, filter: { include_tables: tables } });
    expect(status).toBe(201);
    const job = await getJob(table, { jobId: body.job_id });
    expect(job?.specification).toMatchObject({ filter: { include_tables: tables } });
  });
});

describe('an Idempotency-Key', () => {
  const under = (key: string) => ({ headers: { 'idempotency-key': key } });

  test('repeats the first answer, whatever became of the job', async () => {
    const key = randomUUID();
    const first = await submit(specification, under(key));
    await api.request('POST', `/jobs/${first.body.job_id}/cancel`);
    const again = await submit(specification, under(key));
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
  });

  test('makes one job of requests that come at once', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => submit(specification, under(key))));
    expect(new Set(answers.map((answer) => answer.body.job_id)).size).toBe(1);
    const announced = api.changes.filter((change) => change.jobId === answers[0]?.body.job_id);
    expect(announced).toHaveLength(1);
  });

  test.each([
    ['another command', { command: 'init' }],
    ['another password alone', { source_url: 'postgresql://me:other@source/db' }],
  ])('under which %s is sent is a conflict', async (_, change) => {
    const key = randomUUID();
    await submit(specification, under(key));
    const { status, body } = await submit({ ...specification, ...change }, under(key));
    expect([status, body.code]).toEqual([409, 'conflict']);
  });

  test('of another owner is another job', async () => {
    const key = randomUUID();
    const alices = await submit(specification, under(key));
    const bobs = await submit(specification, { key: BOB, ...under(key) });
    expect(bobs.status).toBe(201);
    expect(bobs.body.job_id).not.toBe(alices.body.job_id);
  });

  test('that is too long is refused', async () => {
    const { status, body } = await submit(specification, under('k'.repeat(256)));
    expect(status).toBe(400);
    expect(body.details).toMatchObject([{ path: 'idempotency-key' }]);
  });
});
