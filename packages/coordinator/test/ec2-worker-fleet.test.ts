import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsCredentials, type AwsEndpoints } from '@seren-replicator/aws-endpoints';
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createEc2Client, ec2WorkerFleet } from '../src/aws/ec2-worker-fleet.ts';
import type { WorkerFleet, WorkOrder } from '../src/index.ts';
import { settingsFor } from './support/aws-client-settings.ts';

const GIB = 2 ** 30;
const settings = {
  launchTemplateName: 'seren-replication-worker',
  subnetIds: ['subnet-a', 'subnet-b'],
  managedBy: 'seren-replication-system',
};

let aws: AwsEndpoints;
beforeAll(async () => {
  aws = await startAwsEndpoints();
});
beforeEach(() => {
  aws.ec2.createLaunchTemplate(settings.launchTemplateName, { instanceType: 'm7i.large' });
  aws.ec2.instances.length = 0;
  aws.ec2.listLag = 0;
  aws.ec2.refuse = () => null;
  aws.faults.clear();
});
afterAll(() => aws.stop());

const fleetOf = (credentials?: AwsCredentials, changes: object = {}): WorkerFleet => {
  const client = createEc2Client({ ...settingsFor(aws, credentials), ...changes });
  return ec2WorkerFleet({ client, settings, log: pino({ level: 'silent' }) });
};
const order = (changes: Partial<WorkOrder> = {}): WorkOrder => ({
  jobId: randomUUID(),
  attempt: 1,
  estimatedSizeBytes: 0,
  ...changes,
});
const runs = (jobId: string) =>
  aws.calls.filter(
    ({ action, input }) => action === 'RunInstances' && String(input['ClientToken']).startsWith(jobId),
  );

describe('a start', () => {
  test('is one instance of the launch template, tagged with its job, however often it is asked for', async () => {
    const work = order();
    await Promise.all([fleetOf().start(work), fleetOf().start(work)]);
    await fleetOf().start(work);
    expect(aws.ec2.instances).toMatchObject([
      {
        launchTemplate: settings.launchTemplateName,
        instanceType: 'm7i.large',
        tags: { ManagedBy: settings.managedBy, JobId: work.jobId, Attempt: '1' },
      },
    ]);
  });

  test('of the next attempt is another instance', async () => {
    const work = order();
    await fleetOf().start(work);
    await fleetOf().start({ ...work, attempt: 2 });
    expect(aws.ec2.instances.map(({ tags }) => tags['Attempt'])).toEqual(['1', '2']);
  });

  test.each(['lost_answer', 'delivered_twice', 'throttled', 'unavailable'] as const)(
    'that meets a fault of the network or of EC2 (%s) is one instance',
    async (kind) => {
      aws.faults.add({ service: 'ec2', action: 'RunInstances', kind, times: 1 });
      await fleetOf().start(order());
      expect(aws.ec2.instances).toHaveLength(1);
    },
  );

  test('of a large job is a larger instance', async () => {
    await fleetOf().start(order({ estimatedSizeBytes: 500 * GIB }));
    expect(aws.ec2.instances).toMatchObject([{ instanceType: 'm7i.xlarge' }]);
  });

  test('goes to the other zone when one has no capacity, without repeating what is refused', async () => {
    aws.ec2.refuse = ({ subnetId }) => (subnetId === 'subnet-a' ? 'InsufficientInstanceCapacity' : null);
    const works = [1, 2, 3, 4, 5, 6].map(() => order());
    for (const work of works) await fleetOf().start(work);
    expect(new Set(aws.ec2.instances.map(({ subnetId }) => subnetId))).toEqual(new Set(['subnet-b']));
    expect(new Set(aws.ec2.instances.map(({ instanceType }) => instanceType))).toEqual(
      new Set(['m7i.large']),
    );
    for (const { jobId } of works) expect(runs(jobId).length).toBeLessThanOrEqual(2);
  });

  test('takes another type of the same size when no zone has the one', async () => {
    aws.ec2.refuse = ({ instanceType }) => (instanceType.startsWith('m7') ? 'Unsupported' : null);
    await fleetOf().start(order({ estimatedSizeBytes: 500 * GIB }));
    expect(aws.ec2.instances).toMatchObject([{ instanceType: 'm6i.xlarge' }]);
  });

  test('for which nothing can be had has failed for now, after one try of each choice', async () => {
    aws.ec2.refuse = () => 'InsufficientInstanceCapacity';
    const work = order();
    await expect(fleetOf().start(work)).rejects.toMatchObject({ code: 'worker_start_failed' });
    expect(runs(work.jobId)).toHaveLength(4 * settings.subnetIds.length);
    aws.ec2.refuse = () => null;
    await fleetOf().start(work);
    expect(aws.ec2.instances).toHaveLength(1);
  });

  test('that is refused for another reason is not tried elsewhere', async () => {
    aws.ec2.refuse = () => 'VcpuLimitExceeded';
    const work = order();
    await expect(fleetOf().start(work)).rejects.toMatchObject({ name: 'VcpuLimitExceeded' });
    expect(runs(work.jobId)).toHaveLength(1);
    const stranger = fleetOf(aws.principals.create(['ec2:DescribeInstances']));
    await expect(stranger.start(work)).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
  });

  test('that EC2 throttles for long is given up on, and tried a few times before', async () => {
    aws.faults.add({ service: 'ec2', action: 'RunInstances', kind: 'throttled' });
    const work = order();
    await expect(fleetOf().start(work)).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    expect(runs(work.jobId).length).toBeGreaterThan(1);
  });

  test('that was made under other parameters before is made', async () => {
    const work = order();
    await fleetOf().start(work);
    const client = createEc2Client(settingsFor(aws));
    const renamed = { ...settings, launchTemplateName: 'other' };
    aws.ec2.createLaunchTemplate('other', { instanceType: 'm7i.large' });
    await ec2WorkerFleet({ client, settings: renamed, log: pino({ level: 'silent' }) }).start(work);
    expect(aws.ec2.instances).toHaveLength(1);
  });
});

describe('the list', () => {
  test('has every machine of ours with its work, gone only when it is terminated', async () => {
    const work = order({ attempt: 3 });
    await fleetOf().start(work);
    const [instance] = aws.ec2.instances;
    const { jobId, attempt } = work;
    for (const [state, shown] of [
      ['pending', 'alive'],
      ['running', 'alive'],
      ['stopping', 'alive'],
      ['stopped', 'alive'],
      ['shutting-down', 'alive'],
      ['terminated', 'gone'],
    ] as const) {
      if (instance !== undefined) instance.state = state;
      expect(await fleetOf().list()).toEqual([
        { machineId: instance?.instanceId, jobId, attempt, state: shown },
      ]);
    }
  });

  test('has neither other people’s instances nor what has no job', async () => {
    aws.ec2.addInstance({ Name: 'database' });
    aws.ec2.addInstance({ ManagedBy: 'seren-replication-system-dev', JobId: randomUUID(), Attempt: '1' });
    aws.ec2.addInstance({ ManagedBy: settings.managedBy, Name: 'image' });
    expect(await fleetOf().list()).toEqual([]);
  });

  test('goes on over pages', async () => {
    const tags = { ManagedBy: settings.managedBy, JobId: randomUUID(), Attempt: '1' };
    for (let count = 0; count < 501; count += 1) aws.ec2.addInstance(tags);
    expect(await fleetOf().list()).toHaveLength(501);
  });
});

describe('a stop', () => {
  test('terminates a machine, again without effect, also one that is not there', async () => {
    await fleetOf().start(order());
    const [{ machineId } = { machineId: '' }] = await fleetOf().list();
    await fleetOf().stop(machineId);
    await fleetOf().stop(machineId);
    await fleetOf().stop('i-00000000000000000');
    expect((await fleetOf().list()).map(({ state }) => state)).toEqual(['gone']);
  });

  test('leaves other people’s instances alone', async () => {
    const other = aws.ec2.addInstance({ ManagedBy: 'somebody', JobId: 'x', Attempt: '1' });
    await fleetOf().stop(other.instanceId);
    expect(other.state).not.toMatch(/shutting-down|terminated/);
  });
});

test('the fleet needs to run, describe and terminate instances, and nothing else', async () => {
  const fleet = fleetOf(
    aws.principals.create(['ec2:RunInstances', 'ec2:DescribeInstances', 'ec2:TerminateInstances']),
  );
  await fleet.start(order());
  for (const { machineId } of await fleet.list()) await fleet.stop(machineId);
});
