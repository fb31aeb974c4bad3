/** Jobs that follow their source for as long as they are wanted: limits and losses do not add up over weeks. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobProgress } from '@seren-replicator/job-models';
import { giveBackJob, recordHeartbeat, type JobTable } from '@seren-replicator/job-store';
import { startJobTable } from './support/job-table.ts';
import { noProgress } from './support/no-progress.ts';
import { at, LEASE_MS, submitted, World } from './support/reconciled-job.ts';

let base: JobTable;
let stop: () => Promise<void>;
let createTable: (name: string) => Promise<JobTable>;
let world: World;
let tables = 0;
beforeAll(async () => ({ table: base, stop, createTable } = await startJobTable()));
afterAll(() => stop());
// Each test its own table: a pass deals with every job there is.
beforeEach(async () => {
  tables += 1;
  world = new World(await createTable(`${base.tableName}-${tables}`));
});

const lease = (jobId: string, attempt = 1) => ({ jobId, attempt, workerId: `worker-${attempt}` });

describe('a job that follows its source', () => {
  const sync = { command: 'sync', options: { estimated_size_bytes: 0 } };
  const progress = { ...noProgress, phase: 'sync', sync: { transactions: 7, rows: 9, lag_bytes: 0 } };
  let jobId: string;
  let attempt: number;
  beforeEach(async () => {
    jobId = await submitted(world.table, at(0), sync);
    attempt = 1;
  });

  /** An attempt that beats until a moment, and falls silent then. */
  const attemptUntil = async (from: number, to: number, reported: JobProgress): Promise<void> => {
    await world.pass(from);
    await world.claim(jobId, attempt, from);
    await recordHeartbeat(world.table, lease(jobId, attempt), {
      now: at(to),
      leaseMs: LEASE_MS,
      progress: reported,
    });
    await world.pass(to + 31);
    attempt += 1;
  };

  test('may do so for weeks', async () => {
    await world.pass(0);
    await world.claim(jobId, 1, 1);
    const weeks = 3 * 7 * 86_400;
    await recordHeartbeat(world.table, lease(jobId), { now: at(weeks), leaseMs: LEASE_MS, progress });
    world.measured.length = 0;
    await world.pass(weeks);
    expect(await world.job(jobId)).toMatchObject({ status: 'running', attempt: 1 });
    expect(world.measured).toContainEqual(['OldestJobSeconds', 0]);
  });

  test('ends at the limit that it was given', async () => {
    const limited = await submitted(world.table, at(0), {
      ...sync,
      options: { ...sync.options, job_timeout_seconds: 60 },
    });
    await world.pass(0);
    await world.claim(limited, 1, 0);
    await recordHeartbeat(world.table, lease(limited), { now: at(60), leaseMs: LEASE_MS, progress });
    await world.pass(60);
    expect(await world.job(limited)).toMatchObject({ status: 'failed', error_code: 'timeout' });
  });

  test('gets another worker for every one that it loses after having followed for a while', async () => {
    for (let round = 0; round < 6; round += 1) {
      await attemptUntil(round * 1_000, round * 1_000 + 600, progress);
      expect(await world.job(jobId)).toMatchObject({ status: 'provisioning', lost_attempts: 1 });
    }
  });

  test('has failed when three workers in a row did not get far', async () => {
    await attemptUntil(0, 600, progress);
    await attemptUntil(1_000, 1_100, progress);
    await attemptUntil(2_000, 2_100, progress);
    expect(await world.job(jobId)).toMatchObject({ status: 'failed', error_code: 'worker_lost', attempt: 3 });
  });

  test('has failed when three workers were lost over its copy, however long each was at it', async () => {
    for (let round = 0; round < 3; round += 1) {
      await attemptUntil(round * 1_000, round * 1_000 + 900, { ...noProgress, phase: 'copy' });
    }
    expect(await world.job(jobId)).toMatchObject({ status: 'failed', error_code: 'worker_lost' });
  });

  test('that is given back loses nothing of its good record', async () => {
    await attemptUntil(0, 100, progress);
    await world.pass(200);
    await world.claim(jobId, 2, 200);
    await giveBackJob(world.table, lease(jobId, 2), { now: at(300) });
    expect(await world.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 3, lost_attempts: 1 });
    expect(await world.job(jobId)).not.toHaveProperty('claimed_at');
  });
});
