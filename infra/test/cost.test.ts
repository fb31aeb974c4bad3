import { expect, test } from '@jest/globals';
import { machineSizes } from '@seren-replicator/job-models';
import { jobCost } from '../cost/job-cost.ts';
import { monthlyCost } from '../cost/monthly-cost.ts';
import { prices } from '../cost/prices.ts';
import { stackGraph } from './stack-graphs.ts';

const cheap = { market: 'on-demand', isPrivate: false, rootVolumeGigabytes: 20 } as const;

test('every resource of the largest stack has a price, or a reason to have none; gateways and the database lead', async () => {
  const lines = monthlyCost(await stackGraph('prod', 'private'));
  expect(lines.slice(0, 3).map(({ what }) => what)).toEqual(['VpcEndpoint', 'NatGateway', 'Instance']);
  // Three gateways, at 0.045 an hour for 730 hours.
  expect(lines.find(({ what }) => what === 'NatGateway')?.dollarsPerMonth).toBeCloseTo(98.55, 2);
  // Seven endpoints in three zones, at 0.01 an hour.
  expect(lines.find(({ what }) => what === 'VpcEndpoint')?.dollarsPerMonth).toBeCloseTo(153.3, 2);
});

test('a stack in the default VPC costs a few dollars while nobody uses it', async () => {
  const lines = monthlyCost(await stackGraph('dev', 'default-vpc'));
  const total = lines.reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0);
  expect(total).toBeGreaterThan(5);
  expect(total).toBeLessThan(15);
});

test('a resource that nobody has thought about is not taken for free', () => {
  const resource = { type: 'aws:redshift/cluster:Cluster', isCustom: true, properties: {} };
  expect(() => monthlyCost({ resources: [resource] } as never)).toThrow('What does a aws:redshift');
});

test('a job costs more the larger it is, less on spot, and more through NAT', () => {
  const [small, large] = [10, 1_000].map((gigabytes) => jobCost(gigabytes, cheap).dollars);
  expect(large).toBeGreaterThan(20 * (small ?? Infinity));
  expect(jobCost(100, { ...cheap, market: 'spot' }).dollars).toBeLessThan(jobCost(100, cheap).dollars);
  expect(jobCost(100, cheap).natDollars).toBe(0);
  expect(jobCost(100, { ...cheap, isPrivate: true }).natDollars).toBeCloseTo(9, 5);
});

test('every machine that a job may get first has a price', () => {
  for (const { instanceType } of machineSizes)
    expect(prices.perHour.instances[instanceType]).toBeGreaterThan(0);
});
