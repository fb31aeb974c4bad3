/** What the stack says about the programs that it runs, held against those programs. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobTableDefinition, jobTableTimeToLive } from '../../packages/job-store/src/job-table-definition.ts';
import * as routes from '../../packages/coordinator/src/api/routes.ts';
import { apiEnvironmentSchema } from '../../packages/coordinator/src/lambda/api-environment.ts';
import { reconcilerEnvironmentSchema } from '../../packages/coordinator/src/lambda/reconciler-environment.ts';
import { metricUnits } from '../../packages/coordinator/src/metrics.ts';
import { readWorkerConfig } from '../../packages/worker/src/worker-config.ts';
import type { ResourceGraph } from '../preview/resource-graph.ts';
import { named, ofType, stackGraph } from './stack-graphs.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

let graph: ResourceGraph;
beforeAll(async () => {
  graph = await stackGraph('prod', 'private', {
    'seren-replicator:targets': { allowPrivateAddresses: true, allowedHosts: ['*.example.com', 'db'] },
  });
});

const variablesOf = (name: string): Record<string, string> => {
  const { environment } = named(graph, 'aws:lambda/function:Function', name).properties;
  return (environment as { variables: Record<string, string> }).variables;
};

describe('the variables of the functions are those that their code reads', () => {
  test.each([
    ['coordinator-api', apiEnvironmentSchema],
    ['coordinator-reconciler', reconcilerEnvironmentSchema],
  ] as const)('%s', (name, schema) => {
    const variables = variablesOf(name);
    expect(schema.safeParse(variables).error).toBeUndefined();
    const { SEREN_PARAMETERS_PATH: path, ...read } = variables;
    expect(path).toBe(name === 'coordinator-api' ? '/seren-replication/variables' : undefined);
    expect(Object.keys(read).filter((variable) => !(variable in schema.shape))).toEqual([]);
  });
});

test('a worker starts with what its machine tells it', async () => {
  const { properties } = named(graph, 'aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet');
  const lines = Buffer.from(String(properties['userData']), 'base64').toString().trim().split('\n');
  const variables = Object.fromEntries(lines.map((line) => line.split('=') as [string, string]));
  const tags = { SEREN_JOB_ID: 'a', SEREN_JOB_ATTEMPT: '1', SEREN_METADATA: 'ec2' };
  expect(readWorkerConfig({ ...variables, ...tags }, 1)).toMatchObject({
    tableName: 'replication-jobs',
    sealKey: { kmsKey: 'alias/seren-replication-system-data' },
    logGroup: '/seren-replication/seren-replication-worker',
    isOnInstance: true,
  });
  const source = await read('packages/worker/src/worker-config.ts');
  const reach = await read('packages/reach/src/reach-rules.ts');
  const parameters = await read('packages/runtime-config/src/load-variables.ts');
  const known = source + reach + parameters;
  expect(Object.keys(variables).filter((name) => !known.includes(name))).toEqual([]);
});

test('API and workers let jobs reach the same', () => {
  const { properties } = named(graph, 'aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet');
  const userData = Buffer.from(String(properties['userData']), 'base64').toString();
  const api = variablesOf('coordinator-api');
  for (const name of ['SEREN_ALLOW_PRIVATE_ADDRESSES', 'SEREN_ALLOWED_TARGET_HOSTS']) {
    expect(userData).toContain(`${name}=${String(api[name])}\n`);
  }
  expect(api['SEREN_ALLOWED_TARGET_HOSTS']).toBe('*.example.com,db');
});

test('the table is the one that the job store describes', () => {
  const { properties } = named(graph, 'aws:dynamodb/table:Table', 'job-table');
  const attributes = properties['attributes'] as { name: string; type: string }[];
  expect(attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type }))).toEqual(
    jobTableDefinition.AttributeDefinitions,
  );
  expect(properties['hashKey']).toBe(jobTableDefinition.KeySchema[0].AttributeName);
  expect(properties['billingMode']).toBe(jobTableDefinition.BillingMode);
  expect(properties['ttl']).toEqual({
    attributeName: jobTableTimeToLive.AttributeName,
    enabled: jobTableTimeToLive.Enabled,
  });
  const indexes = properties['globalSecondaryIndexes'] as Index[];
  expect(indexes.map(toDefinition)).toEqual(jobTableDefinition.GlobalSecondaryIndexes);
});

test('the gateway has the routes of the API, and no others', () => {
  const inCode = Object.values(routes).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  const inGraph = ofType(graph, 'aws:apigatewayv2/route:Route').map(
    ({ properties }) => properties['routeKey'],
  );
  expect(new Set(inGraph)).toEqual(new Set([...inCode, 'GET /openapi.json']));
});

test('alarms and dashboard watch figures that the coordinator gives, under its name', async () => {
  const service = variablesOf('coordinator-api')['POWERTOOLS_SERVICE_NAME'];
  const own = ofType(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm').filter(
    ({ properties }) => properties['namespace'] === 'SerenReplicator',
  );
  expect(own.length).toBeGreaterThanOrEqual(3);
  for (const { properties } of own) {
    expect(Object.keys(metricUnits)).toContain(properties['metricName']);
    expect(properties['dimensions']).toEqual({ service });
  }
  const [dashboard] = ofType(graph, 'aws:cloudwatch/dashboard:Dashboard');
  const body = String(dashboard?.properties['dashboardBody']);
  for (const [, metric] of body.matchAll(/\["SerenReplicator","(\w+)","service","seren-replication"\]/g)) {
    expect(Object.keys(metricUnits)).toContain(metric);
  }
  expect(await read('packages/coordinator/src/lambda/telemetry.ts')).toContain(
    "NAMESPACE = 'SerenReplicator'",
  );
});

test('the functions are bundles that were built, and their handlers are in them', async () => {
  for (const { properties } of ofType(graph, 'aws:lambda/function:Function')) {
    const { path } = properties['code'] as { path: string };
    expect(properties['handler']).toBe('index.handler');
    await access(join(path, 'index.js'));
    expect(await readFile(join(path, 'index.js'), 'utf8')).toMatch(/export\s*\{[^}]*\bhandler\b/);
  }
});

test('the agent on the machine may report the figures that it gathers', async () => {
  const agent = JSON.parse(await read('packer/cloudwatch-agent.json')) as { metrics: { namespace: string } };
  const policies = ofType(graph, 'aws:iam/rolePolicy:RolePolicy').map(({ properties }) =>
    String(properties['policy']),
  );
  expect(policies).toContainEqual(
    expect.stringContaining(`{"StringEquals":{"cloudwatch:namespace":"${agent.metrics.namespace}"}}`),
  );
});

interface Index {
  name: string;
  hashKey: string;
  rangeKey: string;
  projectionType: string;
  nonKeyAttributes?: string[];
}

function toDefinition({ name, hashKey, rangeKey, projectionType, nonKeyAttributes }: Index): unknown {
  return {
    IndexName: name,
    KeySchema: [
      { AttributeName: hashKey, KeyType: 'HASH' },
      { AttributeName: rangeKey, KeyType: 'RANGE' },
    ],
    Projection: {
      ProjectionType: projectionType,
      ...(nonKeyAttributes === undefined ? {} : { NonKeyAttributes: nonKeyAttributes }),
    },
  };
}
