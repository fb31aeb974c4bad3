import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsEndpoints } from '@seren-replicator/aws-endpoints';
import { workerLogStream, type JobLog } from '@seren-replicator/job-models';
import { claimJob, giveBackJob, type JobTable } from '@seren-replicator/job-store';
import { cloudWatchJobLogs } from '../src/aws/cloudwatch-job-logs.ts';
import { ALICE, BOB, specification, testApi, type TestApi } from './support/api.ts';
import { settingsFor } from './support/aws-client-settings.ts';
import { startJobTable } from './support/job-table.ts';

const logGroupName = '/seren-replication/workers';
let aws: AwsEndpoints;
let table: JobTable;
let stop: () => Promise<void>;
let api: TestApi;
let client: CloudWatchLogsClient;
beforeAll(async () => {
  ({ table, stop } = await startJobTable());
  aws = await startAwsEndpoints();
  aws.logs.createGroup(logGroupName);
  client = new CloudWatchLogsClient({ ...settingsFor(aws), maxAttempts: 1 });
  api = testApi(table, { logs: cloudWatchJobLogs({ client, logGroupName }) });
});
afterAll(() => Promise.all([stop(), aws.stop()]));

async function submitted(): Promise<string> {
  return (await api.request('POST', '/jobs', { body: specification })).body.job_id;
}

async function write(jobId: string, attempt: number, messages: string[]): Promise<void> {
  const stream = { logGroupName, logStreamName: workerLogStream({ jobId, attempt }) };
  await client.send(new CreateLogStreamCommand(stream)).catch(() => undefined);
  const logEvents = messages.map((message, index) => ({ timestamp: 1_000 + index, message }));
  await client.send(new PutLogEventsCommand({ ...stream, logEvents }));
}

const line = (msg: string) =>
  JSON.stringify({ level: 'info', time: '2026-11-20T12:00:00.000Z', msg, rows: 3 });

async function read(jobId: string, query = ''): Promise<JobLog> {
  const { status, body } = await api.request('GET', `/jobs/${jobId}/logs${query}`);
  expect(status).toBe(200);
  return body as unknown as JobLog;
}

describe('GET /jobs/{job_id}/logs', () => {
  test('shows what the worker wrote, and what is not a log line as a message', async () => {
    const jobId = await submitted();
    await write(jobId, 1, [line('job claimed'), 'Segmentation fault\n', '[1]', '{"msg":7}']);
    const { events } = await read(jobId);
    expect(events).toEqual([
      { at: '2026-11-20T12:00:00.000Z', level: 'info', message: 'job claimed', rows: 3 },
      { at: '1970-01-01T00:00:01.001Z', level: 'info', message: 'Segmentation fault' },
      { at: '1970-01-01T00:00:01.002Z', level: 'info', message: '[1]' },
      { at: '1970-01-01T00:00:01.003Z', level: 'info', message: '{"msg":7}' },
    ]);
  });

  test('goes on page by page, over attempts, to what comes later', async () => {
    const jobId = await submitted();
    const lease = { jobId, attempt: 1, workerId: 'w' };
    await claimJob(table, { ...lease, now: new Date(), leaseMs: 1_000 });
    const seen: string[] = [];
    let cursor: string | null = null;
    const follow = async () => {
      for (;;) {
        const page: JobLog = await read(jobId, `?limit=2${cursor === null ? '' : `&cursor=${cursor}`}`);
        seen.push(...page.events.map(({ message }) => message));
        expect(page.next_cursor).not.toBeNull();
        cursor = page.next_cursor;
        if (page.events.length === 0) return;
      }
    };
    await follow();
    await write(jobId, 1, ['1', '2', '3'].map(line));
    await follow();
    await giveBackJob(table, lease, { now: new Date() });
    await follow();
    await write(jobId, 2, ['4', '5'].map(line));
    await follow();
    await write(jobId, 2, ['6'].map(line));
    await follow();
    expect(seen).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  test('goes on behind pages that come back empty', async () => {
    const jobId = await submitted();
    await write(jobId, 1, ['1', '2', '3'].map(line));
    aws.logs.emptyPages = 2;
    try {
      const first = await read(jobId, '?limit=2');
      const second = await read(jobId, `?limit=2&cursor=${first.next_cursor}`);
      expect([first, second].map(({ events }) => events.map(({ message }) => message))).toEqual([
        ['1', '2'],
        ['3'],
      ]);
    } finally {
      aws.logs.emptyPages = 0;
    }
  });

  test('is empty while there is no log', async () => {
    expect(await read(await submitted())).toMatchObject({ events: [] });
  });

  test.each([
    'cursor=nonsense',
    `cursor=${Buffer.from('[0,null]').toString('base64url')}`,
    `cursor=${Buffer.from('[1,"made up"]').toString('base64url')}`,
    'limit=0',
  ])('refuses ?%s', async (query) => {
    const jobId = await submitted();
    await write(jobId, 1, [line('x')]);
    const { status, body } = await api.request('GET', `/jobs/${jobId}/logs?${query}`);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
  });

  test('shows nobody else’s', async () => {
    const jobId = await submitted();
    for (const [key, expected] of [
      [BOB, 404],
      ['', 401],
      [ALICE, 200],
    ] as const) {
      expect((await api.request('GET', `/jobs/${jobId}/logs`, { key })).status).toBe(expected);
    }
  });

  test('is a 429 while CloudWatch is busy', async () => {
    aws.faults.add({ service: 'logs', action: 'GetLogEvents', kind: 'throttled', times: 1 });
    const { status, body, headers } = await api.request('GET', `/jobs/${await submitted()}/logs`);
    expect([status, body.code]).toEqual([429, 'throttled']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
