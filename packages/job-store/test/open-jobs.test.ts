import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createJob, reservePlace, type JobTable } from '../src/index.ts';
import { startJobTable } from './support/job-table.ts';
import { jobIn, later, newJob, START } from './support/jobs.ts';

let table: JobTable;
let stop: () => Promise<void>;
beforeAll(async () => ({ table, stop } = await startJobTable()));
afterAll(() => stop());

const reserve = (owner: string, maxJobs: number, jobId: string = randomUUID(), now = START) =>
  reservePlace(table, { owner, jobId, maxJobs, now });

async function submit(owner: string, maxJobs: number): Promise<boolean> {
  const job = newJob({ owner });
  const hasPlace = await reserve(owner, maxJobs, job.job_id);
  if (hasPlace) await createJob(table, job);
  return hasPlace;
}

describe('the places of an owner', () => {
  test('are given to as many submissions at once as there are, and to no more', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => submit('crowd', 7)));
    expect(answers.filter(Boolean)).toHaveLength(7);
  });

  test('are its own', async () => {
    expect([await submit('one', 1), await submit('one', 1), await submit('other', 1)]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('are taken once for a job, however often it is asked', async () => {
    const jobId = randomUUID();
    expect([await reserve('again', 1, jobId), await reserve('again', 1, jobId)]).toEqual([true, true]);
    expect(await reserve('again', 1)).toBe(false);
  });

  test.each(['completed', 'failed', 'cancelled'] as const)(
    'are free again once a job is %s',
    async (state) => {
      const job = await jobIn(state, table);
      const owner = `owner of ${state}`;
      await reserve(owner, 1, job.job_id);
      expect(await reserve(owner, 1)).toBe(true);
      expect(await reserve(owner, 1)).toBe(false);
    },
  );

  test.each(['provisioning', 'running'] as const)('are not free while a job is %s', async (state) => {
    const job = await jobIn(state, table);
    const owner = `owner of ${state}`;
    await reserve(owner, 1, job.job_id);
    expect(await reserve(owner, 1, randomUUID(), later(30 * 86_400_000))).toBe(false);
  });

  test('are free again after a submission that died half-way, and not before it is over', async () => {
    await reserve('dead', 1);
    expect(await reserve('dead', 1, randomUUID(), later(119_999))).toBe(false);
    expect(await reserve('dead', 1, randomUUID(), later(120_000))).toBe(true);
  });

  test('are many', async () => {
    for (let index = 0; index < 250; index += 1) await reserve('many', 250);
    expect(await reserve('many', 250)).toBe(false);
    const freed = await Promise.all(
      Array.from({ length: 3 }, () => reserve('many', 250, randomUUID(), later(130_000))),
    );
    expect(freed).toEqual([true, true, true]);
  });
});

test('a table that cannot be asked gives no place', async () => {
  const missing = { ...table, tableName: 'no-such-table' };
  const place = { owner: 'x', jobId: randomUUID(), maxJobs: 1, now: START };
  await expect(reservePlace(missing, place)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
