/** docs/deploy.md against what it speaks of. */
import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { configSchema } from '../config/config-schema.ts';
import { jobCost } from '../cost/job-cost.ts';
import { monthlyCost } from '../cost/monthly-cost.ts';
import { sampleAccount } from '../preview/account.ts';
import { runProgram } from '../preview/run-program.ts';
import type { ResourceGraph } from '../preview/resource-graph.ts';
import { ofType } from './stack-graphs.ts';

const page = await readFile(join(import.meta.dirname, '../../docs/deploy.md'), 'utf8');

test('every setting is described, and nothing that is none', () => {
  const described = [...page.matchAll(/^\| (`.*?`) +\|/gm)].flatMap(([, names = '']) => {
    let parent = '';
    return names.split(', ').map((quoted) => {
      const name = quoted.replaceAll('`', '');
      if (!name.startsWith('.')) {
        parent = name.split('.').slice(0, -1).join('.');
        return name;
      }
      return `${parent}${name}`;
    });
  });
  expect(described).toEqual(expect.arrayContaining(settingsIn(configSchema.shape)));
});

const graphOf = async (config: object): Promise<ResourceGraph> => {
  const base = { 'aws:region': 'us-east-1', 'seren-replicator:stage': 'dev' };
  return (await runProgram({ stack: 'dev', config: { ...base, ...config }, account: sampleAccount })).graph;
};
const plainGraph = graphOf({});

test('every alarm is described', async () => {
  const graph = await plainGraph;
  for (const { properties } of ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm')) {
    const name = String(properties['name']).replace('seren-replication-dev-', '');
    expect(page).toMatch(new RegExp(`^\\| \`${name}\` `, 'm'));
  }
});

describe('its costs are those that are computed', () => {
  const PRIVATE = { 'seren-replicator:network': { mode: 'private' } };
  test.each([
    ['default VPC', {}],
    ['private network', PRIVATE],
    [
      'the same with database',
      {
        ...PRIVATE,
        'seren-replicator:database': {},
        'seren-replicator:bastion': {},
        'seren-replicator:targets': { allowPrivateAddresses: true },
      },
    ],
  ])('%s', async (row, config) => {
    const graph = await (row === 'default VPC' ? plainGraph : graphOf(config));
    const total = monthlyCost(graph).reduce((sum, { dollarsPerMonth }) => sum + dollarsPerMonth, 0);
    expect(page).toMatch(new RegExp(`^\\| ${row}.*\\| \\$${total.toFixed(2)} +\\|$`, 'm'));
  });

  test.each([10, 100, 1_000])('a job of %i GB', (gigabytes) => {
    const job = jobCost(gigabytes, { market: 'on-demand', isPrivate: false, rootVolumeGigabytes: 20 });
    const row = new RegExp(`^\\| ${gigabytes.toLocaleString('en')} GB .*$`, 'm').exec(page)?.[0] ?? '';
    for (const figure of [job.instanceType, job.hours.toFixed(2), `$${job.dollars.toFixed(3)}`])
      expect(row).toContain(figure);
  });
});

interface Schema {
  shape?: Record<string, Schema>;
  def?: { innerType?: Schema; in?: Schema };
}

/** Paths of the fields, through defaults and optional parts. */
function settingsIn(shape: Record<string, unknown>, prefix = ''): string[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const inner = unwrap(schema as Schema);
    return inner.shape === undefined ? [`${prefix}${name}`] : settingsIn(inner.shape, `${prefix}${name}.`);
  });
}

function unwrap(schema: Schema): Schema {
  const inner = schema.def?.innerType ?? schema.def?.in;
  return schema.shape === undefined && inner !== undefined ? unwrap(inner) : schema;
}
