import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ReplicatorError, type JobProgress } from '@seren-replicator/job-models';
import { claimJob, completeJob, failJob, getJob, recordHeartbeat } from '@seren-replicator/job-store';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LambdaProcess } from './support/lambda-process.ts';
import { LambdaWorld, MANAGED_BY } from './support/lambda-world.ts';
import { noProgress } from './support/no-progress.ts';
import { submitted } from './support/reconciled-job.ts';

const progress: JobProgress = { ...noProgress, phase: 'copy' };

interface StreamRecord {
  eventName: string;
  dynamodb: object;
}

let world: LambdaWorld;
let lambda: LambdaProcess;
let clock: object;
let recorded: StreamRecord;
beforeAll(async () => {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(import.meta.dirname, 'events', name), 'utf8'));
  clock = (await read('clock.json')) as object;
  [recorded] = ((await read('table-stream.json')) as { Records: [StreamRecord] }).Records;
  world = await LambdaWorld.start();
  lambda = await world.startReconciler();
});
afterEach(() => {
  world.aws.faults.clear();
  world.aws.ec2.refuse = () => null;
});
afterAll(() => world.stop());

const change = (jobId: string, number: number) => ({
  ...recorded,
  dynamodb: { ...recorded.dynamodb, Keys: { job_id: { S: jobId } }, SequenceNumber: String(number) },
});
const stream = (...jobIds: string[]) =>
  lambda.invoke({ Records: jobIds.map((jobId, index) => change(jobId, index + 1)) });
const machinesOf = (jobId: string) => world.aws.ec2.instances.filter(({ tags }) => tags['JobId'] === jobId);
const calls = (action: string) => world.aws.calls.filter((call) => call.action === action).length;
const submit = () => submitted(world.table, new Date());

describe('the reconciler as a Lambda function', () => {
  test('starts a machine for a job that the stream tells of, once, however often it does', async () => {
    const jobId = await submit();
    for (let times = 0; times < 3; times += 1) {
      expect(await stream(jobId, jobId)).toEqual({ batchItemFailures: [] });
    }
    expect(machinesOf(jobId)).toMatchObject([
      { tags: { ManagedBy: MANAGED_BY, JobId: jobId, Attempt: '1' } },
    ]);
  });

  test('starts a machine for a job that only the clock finds', async () => {
    const jobId = await submit();
    expect(await lambda.invoke(clock)).toEqual({ batchItemFailures: [] });
    expect(machinesOf(jobId)).toHaveLength(1);
  });

  test('looks at no machine for a heartbeat, an end, or what is no job', async () => {
    const jobId = await submit();
    const lease = { jobId, attempt: 1, workerId: 'w' };
    await claimJob(world.table, { ...lease, now: new Date(), leaseMs: 60_000 });
    const before = calls('DescribeInstances');
    await recordHeartbeat(world.table, lease, { now: new Date(), leaseMs: 60_000 });
    await stream(jobId, 'open-jobs:alice', randomUUID());
    await completeJob(world.table, lease, { now: new Date(), result: { command: 'validate', checks: [] } });
    await stream(jobId);
    expect(calls('DescribeInstances')).toBe(before);
  });

  test('counts a start and an end once, though the stream tells of more', async () => {
    const jobId = await submit();
    const lease = { jobId, attempt: 1, workerId: 'w' };
    const before = lambda.output.length;
    await claimJob(world.table, { ...lease, now: new Date(), leaseMs: 60_000 });
    await stream(jobId);
    await stream(jobId, jobId);
    await completeJob(world.table, lease, { now: new Date(), result: { command: 'validate', checks: [] } });
    await stream(jobId);
    await stream(jobId);
    const metrics = lambda.output.slice(before);
    expect(metrics.match(/"JobsStarted":1/g)).toHaveLength(1);
    expect(metrics.match(/"SecondsToStart":/g)).toHaveLength(1);
    expect(metrics.match(/"JobsCompleted":1/g)).toHaveLength(1);
  });

  test.each([
    ['sync', {}, null, 'sync_conflict', 1],
    ['sync', {}, null, 'sync_missing', 0],
    ['sync', { stop: true }, null, 'query_failed', 0],
    ['init', {}, 'copy', 'disk_full', 1],
    ['init', {}, 'preflight', 'checks_failed', 0],
    ['init', { no_sync: true }, 'copy', 'disk_full', 0],
  ] as const)(
    'of %s %j that fails in %p with %s counts %i slot left',
    async (command, options, phase, code, count) => {
      const job = { command, options: { estimated_size_bytes: 0, ...options } };
      const jobId = await submitted(world.table, new Date(), job);
      const lease = { jobId, attempt: 1, workerId: 'w' };
      await claimJob(world.table, { ...lease, now: new Date(), leaseMs: 60_000 });
      const before = lambda.output.length;
      await failJob(world.table, lease, {
        now: new Date(),
        failure: new ReplicatorError(code, 'It failed.'),
        ...(phase === null ? {} : { progress: { ...progress, phase } }),
      });
      await stream(jobId);
      await stream(jobId);
      const metrics = lambda.output.slice(before);
      expect(metrics.match(/"JobsFailed":1/g)).toHaveLength(1);
      expect(metrics.match(/"SyncsAbandoned":1/g) ?? []).toHaveLength(count);
    },
  );

  test.each([
    ['cutover', 'drain', 'cutover_unfinished', 1],
    ['cutover', 'drain', 'worker_lost', 1],
    ['cutover', 'preflight', 'worker_lost', 0],
    ['cutover', 'verify', 'contents_differ', 0],
    ['verify', 'verify', 'worker_lost', 0],
  ] as const)('of %s that ends in %s with %s counts %i cutover left', async (command, phase, code, count) => {
    const job = { command, options: { estimated_size_bytes: 0 } };
    const jobId = await submitted(world.table, new Date(), job);
    const lease = { jobId, attempt: 1, workerId: 'w' };
    await claimJob(world.table, { ...lease, now: new Date(), leaseMs: 60_000 });
    const before = lambda.output.length;
    const failure = new ReplicatorError(code, 'It failed.');
    await failJob(world.table, lease, { now: new Date(), failure, progress: { ...progress, phase } });
    await stream(jobId);
    expect(lambda.output.slice(before).match(/"CutoversUnfinished":1/g) ?? []).toHaveLength(count);
  });

  test('fails the records of a job that could not be moved, and no others; later they pass', async () => {
    const [first, second] = [await submit(), await submit()];
    world.aws.ec2.refuse = () => {
      // Each job has its own choices: the first one that comes is refused for good.
      const { input } = world.aws.calls.at(-1) ?? {};
      return String(input?.['ClientToken']).startsWith(first) ? 'InsufficientInstanceCapacity' : null;
    };
    expect(await stream(second, first, second, first)).toEqual({
      batchItemFailures: [{ itemIdentifier: '2' }, { itemIdentifier: '4' }],
    });
    expect([machinesOf(first).length, machinesOf(second).length]).toEqual([0, 1]);
    world.aws.ec2.refuse = () => null;
    expect(await stream(first)).toEqual({ batchItemFailures: [] });
    expect(machinesOf(first)).toHaveLength(1);
  });

  test('fails as a whole, without a word of why, when it cannot look; the log says why', async () => {
    world.aws.faults.add({ service: 'ec2', action: 'DescribeInstances', kind: 'access_denied' });
    const failure = lambda.invoke(clock);
    await expect(failure).rejects.toThrow('The invocation failed');
    expect(lambda.output).toContain('UnauthorizedOperation');
    await expect(lambda.invoke({ some: 'thing' })).rejects.toThrow('The invocation failed');
  });

  test('ends a machine whose job is not there', async () => {
    const tags = { ManagedBy: MANAGED_BY, JobId: randomUUID(), Attempt: '1' };
    const machine = world.aws.ec2.addInstance(tags);
    await lambda.invoke(clock);
    expect(machine.state).toBe('shutting-down');
    expect(lambda.output).toContain('"MachinesReaped":1');
  });

  test('keeps to the number of machines that it may have', async () => {
    const other = await LambdaWorld.start();
    try {
      const few = await other.startReconciler({ SEREN_MAX_WORKERS: '2' });
      for (let count = 0; count < 5; count += 1) await submitted(other.table, new Date());
      other.aws.ec2.listLag = 3;
      for (let pass = 0; pass < 3; pass += 1) await few.invoke(clock);
      expect(other.aws.ec2.instances).toHaveLength(2);
    } finally {
      await other.stop();
    }
  });

  test('has noted each machine that it asked for', async () => {
    const jobId = await submit();
    await stream(jobId);
    expect(await getJob(world.table, { jobId })).toHaveProperty('machine_requested_at');
  });
});
