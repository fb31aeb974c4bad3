import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ReplicatorError, type TableComparison } from '@seren-replicator/job-models';
import {
  claimJob,
  completeJob,
  createJob,
  ensureJobTable,
  failJob,
  getJob,
  type JobTable,
} from '../src/index.ts';
import { startJobTable } from './support/job-table.ts';
import { jobIn, later, LEASE_MS, leaseOf, newJob, progress, START, storable } from './support/jobs.ts';

let table: JobTable;
let stop: () => Promise<void>;
beforeAll(async () => ({ table, stop } = await startJobTable()));
afterAll(() => stop());

test('a new job is provisioning at its first attempt and expires after 30 days', async () => {
  const { created, job } = await createJob(table, newJob());
  expect(created).toBe(true);
  expect(await getJob(table, { jobId: job.job_id })).toEqual(job);
  expect(job).toMatchObject({ status: 'provisioning', attempt: 1, created_at: START.toISOString() });
  expect(job.ttl - START.getTime() / 1_000).toBe(30 * 86_400);
});

test('a job id that is taken answers with the job that has it, and changes nothing', async () => {
  const { job } = await createJob(table, newJob());
  const again = await createJob(table, newJob({ job_id: job.job_id, owner: 'mallory' }));
  expect(again).toEqual({ created: false, job });
});

test('the specification is stored as a map, the state as `status`', async () => {
  const { job } = await createJob(table, newJob());
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.tableName, Key: { job_id: { S: job.job_id } } }),
  );
  expect(Item?.['specification']?.M?.['filter']?.M?.['include_tables']).toEqual({ L: [] });
  expect(Item?.['status']).toEqual({ S: 'provisioning' });
  expect(storable).not.toHaveProperty('source_url');
});

test('a record that is not one is refused by the names of its attributes', async () => {
  await table.client.send(
    new PutItemCommand({
      TableName: table.tableName,
      Item: { job_id: { S: 'broken' }, status: { S: 'sleeping' } },
    }),
  );
  await expect(getJob(table, { jobId: 'broken' })).rejects.toThrow(/job broken cannot be read: .*status/);
});

test('a table that exists is left as it is', async () => {
  const { job } = await createJob(table, newJob());
  await ensureJobTable(table);
  expect(await getJob(table, { jobId: job.job_id })).toEqual(job);
});

describe('the end of a job', () => {
  const comparison = (index: number, equal: boolean): TableComparison => ({
    database: 'db',
    table: `public.${'t'.repeat(50)}${index}`,
    source_rows: 1,
    target_rows: equal ? 1 : 0,
    equal,
    difference: equal ? null : 'one row is missing',
  });

  test('with the verification of 20,000 tables fits into the record, and keeps what differs', async () => {
    const job = await jobIn('running', table);
    const tables = Array.from({ length: 20_000 }, (_, index) => comparison(index, index % 4_000 !== 3_999));
    const verification = { tables, sequences: [], seconds: 1 };
    const { moved } = await completeJob(table, leaseOf(job), {
      now: later(1),
      result: { command: 'verify', verification },
    });
    expect(moved).toBe(true);
    const stored = (await getJob(table, { jobId: job.job_id }))?.result as unknown as {
      verification: { tables: TableComparison[]; omitted: number };
    };
    const kept = stored.verification.tables;
    expect(kept.filter((each) => !each.equal)).toHaveLength(5);
    expect(kept.length).toBeGreaterThan(100);
    expect(kept.length + stored.verification.omitted).toBe(20_000);
  });

  test('fits into a record that is as large as the API lets it become', async () => {
    const text = 'x'.repeat(1_000);
    const filter = { ...storable.filter, include_tables: Array.from({ length: 199 }, () => text) };
    const { job } = await createJob(
      table,
      newJob({
        specification: { ...storable, filter },
        sealed_source_url: 'x'.repeat(12_000),
        sealed_target_url: 'x'.repeat(12_000),
      }),
    );
    const lease = leaseOf(job);
    await claimJob(table, { ...lease, now: START, leaseMs: LEASE_MS });
    const active = { table: 'x'.repeat(200), phase: 'copy', bytes_copied: 1, bytes_total: 1 };
    const { moved } = await failJob(table, lease, {
      now: later(1),
      failure: new ReplicatorError('contents_differ', 'ü'.repeat(10_000)),
      progress: { ...progress, active: Array.from({ length: 128 }, () => active) },
      result: {
        command: 'verify',
        verification: {
          tables: Array.from({ length: 20_000 }, (_, index) => comparison(index, false)),
          sequences: [],
          seconds: 1,
        },
      },
    });
    expect(moved).toBe(true);
  });

  test('keeps the result of a failure, and cuts a message that has no bound', async () => {
    const job = await jobIn('running', table);
    const failure = new ReplicatorError('checks_failed', `x${'👋'.repeat(500_000)}`);
    const { job: failed } = await failJob(table, leaseOf(job), {
      now: later(1),
      failure,
      result: { command: 'validate', checks: [] },
    });
    expect(failed).toMatchObject({
      status: 'failed',
      error_code: 'checks_failed',
      result: { command: 'validate', checks: [] },
      completed_at: later(1).toISOString(),
    });
    expect(failed?.error).toMatch(/^x(👋){1000,}…$/u);
    expect(failed?.error?.length).toBeLessThanOrEqual(4_000);
  });
});
