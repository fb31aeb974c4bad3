import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  completeJob,
  confirmCancel,
  giveBackJob,
  recordHeartbeat,
  requestCancel,
  type JobTable,
} from '@seren-replicator/job-store';
import { startJobTable } from './support/job-table.ts';
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
const isEnded = { completed_at: expect.any(String) };

describe('a submitted job', () => {
  test('gets one machine, however often the reconciler comes by', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    await Promise.all([world.pass(1), world.pass(1), world.pass(2)]);
    expect(world.fleet.machines).toHaveLength(1);
    expect(world.fleet.aliveFor(jobId)).toEqual([1]);
  });

  test('waits for a place, the oldest first', async () => {
    const second = await submitted(world.table, at(1));
    const first = await submitted(world.table, at(0));
    await world.pass(2, { maxWorkers: 1 });
    await world.pass(3, { maxWorkers: 1 });
    expect([world.fleet.aliveFor(first), world.fleet.aliveFor(second)]).toEqual([[1], []]);

    await world.claim(first, 1, 3);
    await completeJob(world.table, lease(first), { now: at(4), result: { command: 'validate', checks: [] } });
    world.fleet.end(`${first}@1`);
    await world.pass(5, { maxWorkers: 1 });
    expect(world.fleet.aliveFor(second)).toEqual([1]);
  });

  test('is not held against its waiting for a place', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0, { maxWorkers: 0 });
    await world.pass(86_400, { maxWorkers: 0 });
    expect(await world.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 1, lost_attempts: 0 });
  });

  test('whose machine never claims it gets three, and has then failed', async () => {
    const jobId = await submitted(world.table);
    for (const [seconds, attempts] of [
      [0, [1]],
      [59, [1]],
      [60, [1]],
      [61, [2]],
      [121, [2]],
      [122, [3]],
    ] as const) {
      await world.pass(seconds);
      expect(world.fleet.aliveFor(jobId)).toEqual(expect.arrayContaining([...attempts]));
    }
    await world.pass(182);
    expect(await world.job(jobId)).toMatchObject({
      status: 'failed',
      error_code: 'worker_start_failed',
      error: expect.stringContaining(`jobs retry ${jobId}`),
      ...isEnded,
    });
    await world.pass(193);
    expect(world.fleet.aliveFor(jobId)).toEqual([]);
  });

  test('whose machine exits before it claims gets the next one at once', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    world.fleet.end(`${jobId}@1`);
    await world.pass(1);
    await world.pass(2);
    expect(await world.job(jobId)).toMatchObject({ attempt: 2, lost_attempts: 1 });
    expect(world.fleet.aliveFor(jobId)).toEqual([2]);
  });

  test('is tried again while no machine can be had, and others are not kept by it', async () => {
    const jobId = await submitted(world.table);
    world.fleet.startFailure = new Error('InsufficientInstanceCapacity');
    expect(await world.pass(0)).toMatchObject({ failures: 1 });
    world.fleet.startFailure = null;
    expect(await world.pass(1)).toMatchObject({ failures: 0 });
    expect(world.fleet.aliveFor(jobId)).toEqual([1]);
  });
});

describe('a running job', () => {
  let jobId: string;
  beforeEach(async () => {
    jobId = await submitted(world.table);
    await world.pass(0);
    await world.claim(jobId, 1, 1);
  });

  test('whose worker beats is left alone', async () => {
    for (let seconds = 20; seconds < 200; seconds += 20) {
      await recordHeartbeat(world.table, lease(jobId), { now: at(seconds), leaseMs: LEASE_MS });
      await world.pass(seconds + 19);
    }
    expect(await world.job(jobId)).toMatchObject({ status: 'running', attempt: 1 });
    expect(world.fleet.machines).toHaveLength(1);
  });

  test('whose worker falls silent gets another one, and the silent one’s machine is stopped', async () => {
    await world.pass(30.9);
    expect((await world.job(jobId)).status).toBe('running');
    await world.pass(31);
    expect(await world.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 2, lost_attempts: 1 });
    await world.pass(32);
    expect(world.fleet.aliveFor(jobId)).toEqual([2]);
  });

  test('whose machine is gone gets another one when the lease has run out, and not before', async () => {
    world.fleet.end(`${jobId}@1`);
    await world.pass(30.9);
    expect(await world.job(jobId)).toMatchObject({ status: 'running', attempt: 1 });
    await world.pass(31);
    await world.pass(32);
    expect(world.fleet.aliveFor(jobId)).toEqual([2]);
  });

  test('that loses three workers has failed', async () => {
    for (const attempt of [1, 2, 3]) {
      if (attempt > 1) await world.claim(jobId, attempt, attempt * 100);
      await world.pass(attempt * 100 + 31);
      await world.pass(attempt * 100 + 32);
    }
    expect(await world.job(jobId)).toMatchObject({
      status: 'failed',
      attempt: 3,
      error_code: 'worker_lost',
      // Submitted again, it might begin by dropping what it has copied.
      error: expect.stringMatching(new RegExp(`jobs retry ${jobId} goes on`)),
      ...isEnded,
    });
  });

  test('that is given back starts again at once, however often', async () => {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      if (attempt > 1) await world.claim(jobId, attempt, attempt);
      await giveBackJob(world.table, lease(jobId, attempt), { now: at(attempt) });
      world.fleet.end(`${jobId}@${attempt}`);
      await world.pass(attempt);
    }
    expect(await world.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 6, lost_attempts: 0 });
    expect(world.fleet.aliveFor(jobId)).toEqual([6]);
  });

  test('that takes too long has failed, and its machine is stopped after a grace', async () => {
    await recordHeartbeat(world.table, lease(jobId), { now: at(3_600), leaseMs: LEASE_MS });
    await world.pass(3_600);
    expect((await world.job(jobId)).status).toBe('running');
    await world.pass(3_601);
    expect(await world.job(jobId)).toMatchObject({
      status: 'failed',
      error_code: 'timeout',
      error: expect.stringMatching(new RegExp(`jobs retry ${jobId} goes on`)),
    });
    await world.pass(3_610);
    expect(world.fleet.aliveFor(jobId)).toEqual([1]);
    await world.pass(3_611);
    expect(world.fleet.aliveFor(jobId)).toEqual([]);
  });

  test('has one time limit over all its attempts', async () => {
    world.fleet.end(`${jobId}@1`);
    await world.pass(31);
    await world.pass(32);
    await world.claim(jobId, 2, 3_590);
    await world.pass(3_601);
    expect(await world.job(jobId)).toMatchObject({ status: 'failed', error_code: 'timeout' });
  });
});

describe('a job that is to be cancelled', () => {
  const request = (jobId: string, seconds: number) =>
    requestCancel(world.table, { jobId, owner: 'alice', now: at(seconds) });

  test('is, before it has a machine', async () => {
    const jobId = await submitted(world.table);
    await request(jobId, 0);
    await world.pass(0);
    expect(await world.job(jobId)).toMatchObject({ status: 'cancelled', ...isEnded });
    expect(world.fleet.machines).toEqual([]);
  });

  test('is, while its machine starts, and the machine is stopped', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    await request(jobId, 1);
    await world.pass(1);
    expect((await world.job(jobId)).status).toBe('cancelled');
    expect(await world.claim(jobId, 1, 2)).toMatchObject({ moved: false });
    await world.pass(11);
    expect(world.fleet.aliveFor(jobId)).toEqual([]);
  });

  test('since this pass looked gets no machine', async () => {
    const first = await submitted(world.table, at(0));
    const second = await submitted(world.table, at(1));
    world.fleet.onStart = async ({ jobId }) => {
      if (jobId === first) await request(second, 2);
    };
    await world.pass(2);
    expect([world.fleet.aliveFor(first), world.fleet.aliveFor(second)]).toEqual([[1], []]);
  });

  test('is left to its worker, which confirms', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    await world.claim(jobId, 1, 1);
    await request(jobId, 2);
    await world.pass(3);
    expect((await world.job(jobId)).status).toBe('running');
    expect(await confirmCancel(world.table, lease(jobId), { now: at(4) })).toMatchObject({ moved: true });
    await world.pass(5);
    expect((await world.job(jobId)).status).toBe('cancelled');
  });

  test.each([
    ['does not react in time', 22, () => undefined],
    ['is gone', 3, (jobId: string) => world.fleet.end(`${jobId}@1`)],
  ] as const)('is cancelled over a worker that %s', async (_, seconds, happen) => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    await world.claim(jobId, 1, 1);
    await request(jobId, 2);
    happen(jobId);
    await world.pass(seconds);
    expect((await world.job(jobId)).status).toBe('cancelled');
    expect(await confirmCancel(world.table, { ...lease(jobId), attempt: 2 }, { now: at(40) })).toMatchObject({
      moved: false,
    });
    await world.pass(seconds + 10);
    expect(world.fleet.aliveFor(jobId)).toEqual([]);
  });
});

describe('a machine', () => {
  test('whose job has just ended may exit by itself, and is stopped if it does not', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    await world.claim(jobId, 1, 1);
    await completeJob(world.table, lease(jobId), { now: at(2), result: { command: 'validate', checks: [] } });
    await world.pass(11);
    expect(world.fleet.aliveFor(jobId)).toEqual([1]);
    await world.pass(12);
    expect(world.fleet.aliveFor(jobId)).toEqual([]);
  });

  test('whose job does not exist is stopped', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    const Key = { job_id: { S: jobId } };
    await world.table.client.send(new DeleteItemCommand({ TableName: world.table.tableName, Key }));
    await world.pass(1);
    expect(world.fleet.aliveFor(jobId)).toEqual([]);
  });
});

test('a record that cannot be read is counted, and keeps no other job', async () => {
  await world.table.client.send(
    new PutItemCommand({
      TableName: world.table.tableName,
      Item: { job_id: { S: 'odd' }, status: { S: 'provisioning' }, created_at: { S: '2000' } },
    }),
  );
  const jobId = await submitted(world.table);
  expect(await world.pass(0)).toMatchObject({ failures: 1 });
  expect(world.fleet.aliveFor(jobId)).toEqual([1]);
});
