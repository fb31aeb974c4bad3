import { randomUUID } from 'node:crypto';
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import pg from 'pg';
import type { Case } from './run-cases.ts';
import type { Service } from './service.ts';

export interface JobContext {
  service: Service;
  /** Of the sample on the source, and of where it goes. */
  sourceUrl: string;
  targetUrl: string;
}

const copy = ({ sourceUrl, targetUrl }: JobContext, options: object = {}) => ({
  command: 'init',
  source_url: sourceUrl,
  target_url: targetUrl,
  options: { no_sync: true, roles: false, ...options },
});

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** In this order: each leaves what the next one starts from. */
export const jobCases: readonly Case<JobContext>[] = [
  {
    name: 'validate tells what a copy needs',
    run: async (context) => {
      const jobId = await context.service.submit({ ...copy(context), command: 'validate' });
      const job = await context.service.ended(jobId);
      deepEqual([job.status, job.result?.command, job.error], ['completed', 'validate', null]);
    },
  },
  {
    name: 'init copies every row, and the same submission twice is one job',
    run: async (context) => {
      const headers = { 'idempotency-key': randomUUID() };
      const jobId = await context.service.submit(copy(context), headers);
      equal(await context.service.submit(copy(context), headers), jobId);
      const job = await context.service.ended(jobId);
      deepEqual([job.status, job.error], ['completed', null]);
      const [row] = await query(
        context.targetUrl,
        'SELECT count(*)::int AS n, sum(id)::int AS sum FROM sample',
      );
      deepEqual(row, { n: 5_000, sum: 12_502_500 });
    },
  },
  {
    name: 'verify finds both sides equal',
    run: async (context) => {
      const job = await context.service.ended(
        await context.service.submit({
          command: 'verify',
          source_url: context.sourceUrl,
          target_url: context.targetUrl,
        }),
      );
      deepEqual([job.status, job.error], ['completed', null]);
    },
  },
  {
    name: 'verify finds the row that differs',
    run: async (context) => {
      await query(context.targetUrl, "UPDATE sample SET note = 'changed' WHERE id = 77");
      const job = await context.service.ended(
        await context.service.submit({
          command: 'verify',
          source_url: context.sourceUrl,
          target_url: context.targetUrl,
        }),
      );
      deepEqual([job.status, job.error_code], ['failed', 'contents_differ']);
      ok(JSON.stringify(job.result).includes('77'));
    },
  },
  {
    name: 'a target that holds something is refused, and kept',
    run: async (context) => {
      const job = await context.service.ended(await context.service.submit(copy(context)));
      equal(job.status, 'failed');
      const [row] = await query(context.targetUrl, 'SELECT note FROM sample WHERE id = 77');
      deepEqual(row, { note: 'changed' });
    },
  },
  {
    name: 'a wrong password fails the job with a code, and stands nowhere in it',
    run: async (context) => {
      const wrong = new URL(context.sourceUrl);
      wrong.password = 'surely-not-this-one';
      const job = await context.service.ended(
        await context.service.submit(copy({ ...context, sourceUrl: wrong.href })),
      );
      deepEqual([job.status, job.error_code], ['failed', 'authentication_failed']);
      ok(!JSON.stringify(job).includes('surely-not-this-one'));
      const retried = await context.service.request('POST', `/jobs/${job.job_id}/retry`);
      equal(retried.status, 201);
      notEqual(retried.body['job_id'], job.job_id);
      const again = await context.service.ended(String(retried.body['job_id']));
      deepEqual([again.status, again.error_code], ['failed', 'authentication_failed']);
    },
  },
  {
    name: 'a job can be cancelled before it has begun',
    run: async (context) => {
      const jobId = await context.service.submit(copy(context, { drop_existing: true }));
      equal((await context.service.request('POST', `/jobs/${jobId}/cancel`)).status, 202);
      const job = await context.service.ended(jobId);
      ok(['cancelled', 'completed'].includes(job.status), `the job is ${job.status}`);
    },
  },
  {
    name: 'the log of a job can be read',
    run: async (context) => {
      const jobId = await context.service.submit({ ...copy(context), command: 'validate' });
      await context.service.ended(jobId);
      const { status, body } = await context.service.request('GET', `/jobs/${jobId}/logs`);
      equal(status, 200);
      ok((body['events'] as unknown[]).length > 0, 'there is not a line in it');
    },
  },
];
