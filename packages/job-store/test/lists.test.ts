import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  claimJob,
  createJob,
  listJobsByOwner,
  listJobsByStatus,
  type JobTable,
  type ListPosition,
} from '../src/index.ts';
import { startJobTable } from './support/job-table.ts';
import { later, LEASE_MS, leaseOf, newJob, START } from './support/jobs.ts';

let table: JobTable;
let stop: () => Promise<void>;
beforeAll(async () => ({ table, stop } = await startJobTable()));
afterAll(() => stop());

async function createJobs(owner: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    // Two at a time have the same time: a page must be able to end between them.
    const { job } = await createJob(table, { ...newJob({ owner }), now: later(Math.floor(index / 2)) });
    ids.push(job.job_id);
  }
  return ids;
}

async function readPages(input: { owner: string; status?: 'running'; limit: number }): Promise<string[][]> {
  const pages: string[][] = [];
  let after: ListPosition | null = null;
  do {
    const page = await listJobsByOwner(table, { ...input, ...(after === null ? {} : { after }) });
    pages.push(page.jobs.map((job) => job.job_id));
    after = page.next;
  } while (after !== null);
  return pages;
}

test('the pages of an owner show each of its jobs once, newest first, and nobody else’s', async () => {
  const ids = await createJobs('bob', 25);
  await createJobs('eve', 3);
  const pages = await readPages({ owner: 'bob', limit: 10 });
  expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
  expect(pages.flat().toSorted()).toEqual(ids.toSorted());
  const { jobs } = await listJobsByOwner(table, { owner: 'bob', limit: 100 });
  const times = jobs.map((job) => job.created_at);
  expect(times).toEqual(times.toSorted().toReversed());
});

test('a last page that is full is known to be the last', async () => {
  await createJobs('carol', 4);
  expect(await readPages({ owner: 'carol', limit: 2 })).toHaveLength(2);
});

test('pages of one status are full pages of that status', async () => {
  const ids = await createJobs('dave', 12);
  const running = ids.filter((_, index) => index % 3 === 0);
  for (const jobId of running) {
    await claimJob(table, { jobId, attempt: 1, workerId: 'w', now: START, leaseMs: LEASE_MS });
  }
  const pages = await readPages({ owner: 'dave', status: 'running', limit: 2 });
  expect(pages.map((page) => page.length)).toEqual([2, 2]);
  expect(pages.flat().toSorted()).toEqual(running.toSorted());
});

test('pages of one status go on behind more jobs than one query reads', async () => {
  const ids = await createJobs('heidi', 230);
  const running = [ids[229], ids[228], ids[1], ids[0]].flatMap((id) => id ?? []);
  for (const jobId of running) {
    await claimJob(table, { jobId, attempt: 1, workerId: 'w', now: START, leaseMs: LEASE_MS });
  }
  const pages = await readPages({ owner: 'heidi', status: 'running', limit: 2 });
  expect(pages.flat().toSorted()).toEqual(running.toSorted());
});

test('a list shows neither specification nor sealed URLs', async () => {
  await createJobs('frank', 1);
  const { jobs } = await listJobsByOwner(table, { owner: 'frank', limit: 1 });
  expect(JSON.stringify(jobs)).not.toMatch(/sealed|specification/);
});

test('jobs in a state come with the records as they are, oldest first; one that cannot be read hides no other', async () => {
  const [first, second] = await createJobs('grace', 4);
  await table.client.send(
    new PutItemCommand({
      TableName: table.tableName,
      Item: { job_id: { S: 'odd' }, status: { S: 'running' }, created_at: { S: START.toISOString() } },
    }),
  );
  const job = { job_id: first ?? '', attempt: 1 };
  await claimJob(table, {
    ...leaseOf({ ...(await createJob(table, newJob({ job_id: job.job_id }))).job }),
    now: START,
    leaseMs: LEASE_MS,
  });
  const running = await listJobsByStatus(table, { status: 'running' });
  const provisioning = await listJobsByStatus(table, { status: 'provisioning' });
  expect(running.unreadable).toEqual(['odd']);
  expect(running.jobs.map((each) => each.job_id)).toContain(first);
  expect(provisioning.jobs.map((each) => each.job_id)).toContain(second);
  expect(provisioning.jobs.map((each) => each.job_id)).not.toContain(first);
  const times = provisioning.jobs.map((each) => each.created_at);
  expect(times).toEqual(times.toSorted());
});
