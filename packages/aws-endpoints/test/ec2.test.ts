import {
  DescribeInstancesCommand,
  EC2Client,
  paginateDescribeInstances,
  RunInstancesCommand,
  TerminateInstancesCommand,
  type RunInstancesCommandInput,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsEndpoints } from '../src/index.ts';
import { settingsFor } from './support/client-settings.ts';

let aws: AwsEndpoints;
let ec2: EC2Client;
beforeAll(async () => {
  aws = await startAwsEndpoints();
  aws.ec2.createLaunchTemplate('worker', { instanceType: 'm7i.large' });
  ec2 = new EC2Client({ ...settingsFor(aws), maxAttempts: 2 });
});
afterAll(() => aws.stop());
beforeEach(() => {
  aws.ec2.instances.length = 0;
  aws.ec2.listLag = 0;
  aws.ec2.refuse = () => null;
  aws.faults.clear();
});

const run = (changes: Partial<RunInstancesCommandInput> = {}) =>
  ec2.send(
    new RunInstancesCommand({
      LaunchTemplate: { LaunchTemplateName: 'worker' },
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Of', Value: 'me & <you>' }] }],
      ...changes,
    }),
  );
const list = async (): Promise<(string | undefined)[]> => {
  const Filters = [{ Name: 'tag:Of', Values: ['me & <you>'] }];
  const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
  return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
};

test('an instance is started once for a client token, and refused under it with other parameters', async () => {
  const first = await run({ ClientToken: 'once' });
  const again = await run({ ClientToken: 'once' });
  expect(again.Instances?.[0]?.InstanceId).toBe(first.Instances?.[0]?.InstanceId);
  expect(aws.ec2.instances).toHaveLength(1);
  await expect(run({ ClientToken: 'once', InstanceType: 'c7i.large' })).rejects.toMatchObject({
    name: 'IdempotentParameterMismatch',
  });
});

test('a start whose answer is lost or that is delivered twice is one start under a token, two without', async () => {
  for (const kind of ['lost_answer', 'delivered_twice'] as const) {
    aws.faults.add({ service: 'ec2', kind, times: 1 });
    await run({ ClientToken: kind });
  }
  expect(aws.ec2.instances).toHaveLength(2);
  aws.faults.add({ service: 'ec2', kind: 'delivered_twice', times: 1 });
  await run({ ClientToken: undefined });
  // The SDK makes a token itself.
  expect(aws.ec2.instances).toHaveLength(3);
});

test('the launch template says the type, unless the start does; one that is not there is an error', async () => {
  const typeOf = async (changes: Partial<RunInstancesCommandInput>) =>
    (await run(changes)).Instances?.[0]?.InstanceType;
  expect(await typeOf({})).toBe('m7i.large');
  expect(await typeOf({ InstanceType: 'c7i.xlarge' })).toBe('c7i.xlarge');
  await expect(run({ LaunchTemplate: { LaunchTemplateName: 'other' } })).rejects.toMatchObject({
    name: 'InvalidLaunchTemplateName.NotFoundException',
  });
});

test('an instance is listed by its tags, goes through its states, and is hidden for as long as asked', async () => {
  aws.ec2.listLag = 1;
  const { Instances = [] } = await run();
  expect(await list()).toEqual([]);
  expect(await list()).toEqual(['pending']);
  expect(await list()).toEqual(['running']);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [Instances[0]?.InstanceId ?? ''] }));
  expect(await list()).toEqual(['shutting-down']);
  expect(await list()).toEqual(['terminated']);
});

test('many instances are listed page by page', async () => {
  for (let count = 0; count < 12; count += 1) await run();
  const pages = paginateDescribeInstances({ client: ec2, pageSize: 5 }, {});
  let count = 0;
  for await (const { Reservations = [] } of pages) count += Reservations.length;
  expect(count).toBe(12);
});

test('a lack of capacity, throttling and a missing permission have the names that EC2 gives them', async () => {
  aws.ec2.refuse = ({ subnetId }) => (subnetId === 'full' ? 'InsufficientInstanceCapacity' : null);
  await expect(run({ SubnetId: 'full' })).rejects.toMatchObject({ name: 'InsufficientInstanceCapacity' });
  await run({ SubnetId: 'free' });
  aws.faults.add({ service: 'ec2', kind: 'throttled' });
  await expect(run()).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
  const stranger = new EC2Client(settingsFor(aws, aws.principals.create(['ec2:RunInstances'])));
  const refused = stranger.send(new TerminateInstancesCommand({ InstanceIds: ['i-1'] }));
  await expect(refused).rejects.toMatchObject({ name: 'UnauthorizedOperation' });
});
