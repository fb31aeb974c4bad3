import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { JobTable } from '@seren-replicator/job-store';
import { startJobTable } from './support/job-table.ts';
import { at, submitted, World } from './support/reconciled-job.ts';

let createTable: (name: string) => Promise<JobTable>;
let stop: () => Promise<void>;
let world: World;
let tables = 0;
beforeAll(async () => ({ stop, createTable } = await startJobTable()));
afterAll(() => stop());
beforeEach(async () => {
  tables += 1;
  world = new World(await createTable(`places-${tables}`));
});

describe('a place', () => {
  test('is taken by a machine that was asked for, before any list shows it', async () => {
    const first = await submitted(world.table, at(0));
    const second = await submitted(world.table, at(1));
    await world.pass(2, { maxWorkers: 1 });
    const [unseen] = world.fleet.machines.splice(0);
    expect(unseen?.jobId).toBe(first);
    await world.claim(first, 1, 3);
    await world.pass(4, { maxWorkers: 1 });
    expect([world.fleet.aliveFor(first), world.fleet.aliveFor(second)]).toEqual([[], []]);
  });

  test('is free again when the machine is gone', async () => {
    const first = await submitted(world.table, at(0));
    await world.pass(1, { maxWorkers: 1 });
    world.fleet.end(`${first}@1`);
    const second = await submitted(world.table, at(0));
    await world.pass(2, { maxWorkers: 1 });
    await world.pass(3, { maxWorkers: 1 });
    expect(world.fleet.aliveFor(first).length + world.fleet.aliveFor(second).length).toBe(1);
  });
});

describe('two machines that were started for one attempt', () => {
  test('are one attempt for as long as one of them is alive', async () => {
    const jobId = await submitted(world.table);
    await world.pass(0);
    world.fleet.machines.unshift({ machineId: 'double', jobId, attempt: 1, state: 'gone' });
    await world.claim(jobId, 1, 1);
    await world.pass(2);
    expect(await world.job(jobId)).toMatchObject({ status: 'running', attempt: 1 });
    world.fleet.end(`${jobId}@1`);
    await world.pass(31);
    expect(await world.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 2 });
  });
});

test('a pass counts lost workers and reaped machines, and tells how old the oldest job is', async () => {
  const jobId = await submitted(world.table);
  await world.pass(7);
  expect(world.measured).toEqual([
    ['OldestJobSeconds', 7],
    ['MachinesAlive', 0],
    ['ReconcileFailures', 0],
  ]);
  await world.claim(jobId, 1, 8);
  world.measured.length = 0;
  await world.pass(38);
  await world.pass(39);
  expect(world.measured).toContainEqual(['WorkersLost', 1]);
  expect(world.measured).toContainEqual(['MachinesReaped', 1]);
});
