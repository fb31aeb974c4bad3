import { describe, expect, test } from '@jest/globals';
import { parseConfig } from '../config/parse-config.ts';

const valid = { 'aws:region': 'eu-central-1', 'seren-replicator:stage': 'dev' };

const problemsOf = (raw: Record<string, unknown>, stack = 'dev'): string[] =>
  parseConfig(
    Object.fromEntries(
      Object.entries({ ...valid, ...raw }).map(([key, value]) => [
        key,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
    stack,
  ).problems.map(({ path, message }) => `${path}: ${message}`);

test('a region and a stage are enough', () => {
  expect(parseConfig(valid, 'dev')).toMatchObject({
    region: 'eu-central-1',
    problems: [],
    config: { stage: 'dev', api: { burst: 100, rate: 50 }, network: { mode: 'default-vpc' } },
  });
});

describe('every problem is told with its path', () => {
  test.each([
    ['aws:region', { 'aws:region': 'us-east-9' }],
    ['stage', { 'seren-replicator:stage': 'Dev!' }],
    ['api.keys.0', { 'seren-replicator:api': { keys: ['Not Lower'] } }],
    ['api.keys.1', { 'seren-replicator:api': { keys: ['a', 'a'] } }],
    ['api.corsOrigins.0', { 'seren-replicator:api': { corsOrigins: ['*'] } }],
    [
      'api.domain.certificateArn',
      { 'seren-replicator:api': { domain: { name: 'a.example', certificateArn: 'x' } } },
    ],
    ['worker.amiId', { 'seren-replicator:worker': { amiId: 'ami-latest' } }],
    ['worker.market', { 'seren-replicator:worker': { market: 'cheap' } }],
    ['worker.maxWorkers', { 'seren-replicator:worker': { maxWorkers: 0 } }],
    ['worker.postgresPorts.0', { 'seren-replicator:worker': { postgresPorts: [70_000] } }],
    ['worker.instancetype', { 'seren-replicator:worker': { instancetype: 'm7i.large' } }],
    ['network.cidr', { 'seren-replicator:network': { mode: 'private', cidr: '8.8.0.0/16' } }],
    ['network.zones', { 'seren-replicator:network': { mode: 'private', zones: 1 } }],
    ['network.natPerZone', { 'seren-replicator:network': { mode: 'default-vpc', natPerZone: true } }],
    ['alarms.email', { 'seren-replicator:alarms': { email: 'nobody' } }],
    ['database', { 'seren-replicator:database': {} }],
    ['database.instanceClass', { 'seren-replicator:database': { instanceClass: 't4g.medium' } }],
    ['bastion', { 'seren-replicator:bastion': {} }],
    ['bastion.instanceType', { 'seren-replicator:bastion': { instanceType: 'tiny' } }],
    [
      'bastion.instanceType',
      {
        'seren-replicator:network': { mode: 'private' },
        'seren-replicator:bastion': { instanceType: 't3.nano' },
      },
    ],
    [
      'targets.allowPrivateAddresses',
      { 'seren-replicator:network': { mode: 'private' }, 'seren-replicator:database': {} },
    ],
    ['accountId', { 'seren-replicator:accountId': '12' }],
    ['reconcilerConcurrency', { 'seren-replicator:reconcilerConcurrency': '-1' }],
    ['colour', { 'seren-replicator:colour': 'blue' }],
  ])('%s in %j', (path, raw) => {
    expect(problemsOf(raw)).toContainEqual(expect.stringMatching(new RegExp(`^${path}: `)));
  });
});

test('a production stack without an address for alarms is refused, also beside another mistake', () => {
  const production = { 'seren-replicator:stage': 'prod' };
  expect(problemsOf(production, 'prod')).toEqual([expect.stringMatching(/^alarms.email: is missing/)]);
  const budget = { 'seren-replicator:alarms': { monthlyBudgetDollars: -1 } };
  expect(problemsOf({ ...production, ...budget }, 'prod')).toEqual([
    expect.stringMatching(/^alarms.monthlyBudgetDollars: /),
    expect.stringMatching(/^alarms.email: is missing/),
  ]);
});

test('problems of fields, between fields and of unknown fields come in one message', () => {
  const problems = problemsOf({
    'aws:region': 'nowhere',
    'seren-replicator:worker': { maxWorkers: 0, colour: 'blue' },
    'seren-replicator:network': { zones: 2 },
    'seren-replicator:bastion': {},
  });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'aws',
    'worker.maxWorkers',
    'worker.colour',
    'network.zones',
    'bastion',
  ]);
});

test('a stage that is not the stack is refused', () => {
  expect(problemsOf({}, 'prod')).toEqual([
    expect.stringMatching(/^stage: is "dev", but the stack is "prod"/),
  ]);
});
