import { beforeAll, describe, expect, test } from '@jest/globals';
import { isWildcardOnlyAction } from '@cloud-copilot/iam-simulate';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResourceGraph } from '../../preview/resource-graph.ts';
import { ofType, stackGraph } from '../stack-graphs.ts';
import { allowedCalls } from './allowed-calls.ts';
import { callsOfCode } from './calls-of-code.ts';
import { decide, policiesOf, roleArn, type Call } from './decide.ts';
import { deniedCalls } from './denied-calls.ts';
import { moves, writesOf } from './moves-of-code.ts';
import { resourcesOf } from './resources.ts';

const packages = join(import.meta.dirname, '../../../packages');

/** Where each role's program begins. */
const programs = {
  api: join(packages, 'coordinator/src/lambda/api.ts'),
  reconciler: join(packages, 'coordinator/src/lambda/reconciler.ts'),
  worker: join(packages, 'worker/src/main.ts'),
} as const;
type Role = keyof typeof programs;
const roles = Object.keys(programs) as Role[];

/** What AWS does under the role beside the code's own calls: logs and traces, the stream, the agent on the machine. */
const madeByAws: Readonly<Record<Role, readonly string[]>> = {
  api: [
    'kms:Decrypt',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ],
  reconciler: [
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
    'kms:Decrypt',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'sqs:SendMessage',
    'xray:PutTelemetryRecords',
    'xray:PutTraceSegments',
  ],
  worker: ['cloudwatch:PutMetricData'],
};

/**
 * Calls that are in a program and cannot be made by it: a sealer can seal and open, and each program is given the half
 * of it that it may use (`Pick<UrlSealer, 'seal'>`, `Pick<UrlSealer, 'open'>`). IAM refuses the other half.
 */
const outOfReach: Readonly<Record<Role, readonly string[]>> = {
  api: ['kms:Decrypt'],
  reconciler: [],
  worker: ['kms:Encrypt'],
};

/** Why a statement that allows names no resource. */
const reasonsForEveryResource: Readonly<Record<string, string>> = {
  'cloudwatch:PutMetricData': 'metrics outside of datasets have no resources; the namespace is a condition',
  'dynamodb:ListStreams': 'AWS decides it on no resource',
  'ec2:DescribeInstances': 'AWS decides it on no resource',
  'ssmmessages:CreateControlChannel': 'channels have no resources',
  'ssmmessages:CreateDataChannel': 'channels have no resources',
  'ssmmessages:OpenControlChannel': 'channels have no resources',
  'ssmmessages:OpenDataChannel': 'channels have no resources',
  'xray:PutTelemetryRecords': 'traces have no resources',
  'xray:PutTraceSegments': 'traces have no resources',
};

const MANAGED_BY = 'seren-replication-system-dev';
const subnets = [0, 1, 2].map((index) => `subnet-0de0000000000000${index}`);

let graph: ResourceGraph;
let everything: ResourceGraph;
beforeAll(async () => {
  [graph, everything] = await Promise.all([stackGraph('dev', 'default-vpc'), stackGraph('prod', 'private')]);
});

const allowed = (): Call[] => [
  ...allowedCalls(resourcesOf(graph), MANAGED_BY, subnets),
  {
    role: 'reconciler',
    action: 'iam:PassRole',
    resource: roleArn(graph, 'worker'),
    context: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  },
];

const describeCall = ({ role, action, resource }: Call): string => `${role}: ${action} on ${resource}`;

describe('what is allowed', () => {
  test.each(roles)('every call of the code of the %s has a case here', async (role) => {
    const inCode = await callsOfCode(programs[role]);
    const calls = inCode.filter((action) => !outOfReach[role].includes(action));
    const cases = new Set(allowed().flatMap((call) => (call.role === role ? [call.action] : [])));
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.filter((action) => !cases.has(action))).toEqual([]);
  });

  test('every case is allowed on its resource', async () => {
    for (const call of allowed()) {
      const decision = await decide(graph, call);
      expect({ call: describeCall(call), ...decision }).toMatchObject({
        result: 'Allowed',
        ignoredContextKeys: [],
      });
    }
  });

  test('and on no other of its kind', async () => {
    for (const call of allowed().filter(({ resource }) => resource !== '*')) {
      const elsewhere = { ...call, resource: elsewhereOf(call.resource) };
      expect({ call: describeCall(elsewhere), ...(await decide(graph, elsewhere)) }).not.toMatchObject({
        result: 'Allowed',
      });
    }
  });

  test('a role has no permission that neither its code nor AWS uses', async () => {
    for (const role of roles) {
      const used = new Set([...(await callsOfCode(programs[role])), ...madeByAws[role]]);
      const granted = statementsOf(graph, role).flatMap(({ actions }) => actions);
      expect({ role, unused: granted.filter((action) => !used.has(action)) }).toEqual({ role, unused: [] });
    }
  });
});

describe('every write of the job store is allowed to who makes it, and to nobody else', () => {
  const makers = {
    api: ['requestCancel', 'reservePlace'],
    reconciler: ['requestMachine', 'cancelJob', 'returnJob', 'giveUpJob'],
    worker: ['claimJob', 'recordHeartbeat', 'completeJob', 'failJob', 'confirmCancel', 'giveBackJob'],
  } as const;

  test('every write that the packages import has a case here', async () => {
    const index = await readFile(join(packages, 'job-store/src/index.ts'), 'utf8');
    const exported = [...index.matchAll(/^export \{ (\w+)[^}]*\} from '\.\/([\w-]+)\.ts'/gm)];
    const writing = await Promise.all(
      exported.map(async ([, name = '', file = '']) => {
        const source = await readFile(join(packages, `job-store/src/${file}.ts`), 'utf8');
        return /UpdateItemCommand|moveJob|moveLeasedJob/.test(source) ? [name] : [];
      }),
    );
    expect(new Set(writing.flat())).toEqual(new Set(Object.keys(moves)));
  });

  test.each(roles)('%s', async (role) => {
    const { table } = resourcesOf(graph);
    for (const move of makers[role]) {
      for (const variant of moves[move] ?? []) {
        const writes = await writesOf(variant);
        expect(writes.length).toBeGreaterThan(0);
        for (const { attributes, key } of writes) {
          const context = { 'dynamodb:Attributes': attributes, 'dynamodb:LeadingKeys': [key] };
          const call = { role, action: 'dynamodb:UpdateItem', resource: table, context };
          expect({ move, attributes, ...(await decide(graph, call)) }).toMatchObject({
            result: 'Allowed',
            ignoredContextKeys: [],
          });
        }
      }
    }
  });

  test("no role may make another's", async () => {
    const { table } = resourcesOf(graph);
    const foreign = [
      ['worker', 'requestCancel'],
      ['worker', 'reservePlace'],
      ['worker', 'returnJob'],
      ['api', 'completeJob'],
      ['api', 'claimJob'],
      ['api', 'giveUpJob'],
      ['reconciler', 'completeJob'],
      ['reconciler', 'requestCancel'],
      ['reconciler', 'reservePlace'],
    ] as const;
    for (const [role, move] of foreign) {
      const [write] = await writesOf(moves[move]?.[0] ?? (async () => undefined));
      const context = {
        'dynamodb:Attributes': write?.attributes ?? [],
        'dynamodb:LeadingKeys': [write?.key ?? ''],
      };
      const call = { role, action: 'dynamodb:UpdateItem', resource: table, context };
      expect({ role, move, ...(await decide(graph, call)) }).not.toMatchObject({ result: 'Allowed' });
    }
  });
});

describe('what is denied', () => {
  test('there are at least forty cases', () => {
    expect(deniedCalls(resourcesOf(graph), MANAGED_BY).length).toBeGreaterThanOrEqual(40);
  });

  test('every one of them, in a plain stack and in one with everything', async () => {
    for (const stack of [graph, everything]) {
      const managedBy = stack === graph ? MANAGED_BY : 'seren-replication-system';
      for (const [purpose, call] of deniedCalls(resourcesOf(stack), managedBy)) {
        expect({ purpose, ...(await decide(stack, call)) }).not.toMatchObject({ result: 'Allowed' });
      }
    }
  });
});

describe('how policies are written', () => {
  test('no statement that allows has a wildcard among its actions', () => {
    const wildcards = allStatements(everything).filter(
      ({ effect, actions }) => effect === 'Allow' && actions.some((action) => action.includes('*')),
    );
    expect(wildcards).toEqual([]);
  });

  test('a statement names its resources, but where AWS offers nothing else', async () => {
    const boundless = allStatements(everything).filter(
      ({ effect, resources, isOnResource }) => effect === 'Allow' && !isOnResource && resources.includes('*'),
    );
    const actions = [...new Set(boundless.flatMap((statement) => statement.actions))].sort();
    expect(actions).toEqual(Object.keys(reasonsForEveryResource));
    for (const action of actions) {
      const [service = '', name = ''] = action.split(':');
      const isBoundOtherwise = action === 'cloudwatch:PutMetricData';
      expect([action, isBoundOtherwise || (await isWildcardOnlyAction(service, name))]).toEqual([
        action,
        true,
      ]);
    }
  });

  test('nobody but services of AWS, and roles of the stack, may use keys, topics and queues', () => {
    const principals = ofType(everything, 'aws:kms/key:Key').flatMap(({ properties }) =>
      (JSON.parse(String(properties['policy'])) as Policy).Statement.flatMap(({ Principal }) =>
        JSON.stringify(Principal),
      ),
    );
    expect(principals.length).toBeGreaterThan(4);
    for (const principal of principals) {
      expect(principal).toMatch(
        /^\{"(?:Service":.*amazonaws\.com|AWS":"arn:aws:iam::111122223333:(?:root|role\/seren-))/,
      );
    }
  });
});

interface Policy {
  Statement: {
    Effect: string;
    Principal?: unknown;
    Action: string | string[];
    Resource: string | string[];
  }[];
}

interface Statement {
  effect: string;
  actions: string[];
  resources: string[];
  /** Of a policy that hangs on one resource, in which `*` is that resource. */
  isOnResource: boolean;
}

function statementsOf(stack: ResourceGraph, role: string): Statement[] {
  return policiesOf(stack, role).flatMap(({ policy }) => readPolicy(policy as Policy, false));
}

function allStatements(stack: ResourceGraph): Statement[] {
  const ofRoles = ofType(stack, 'aws:iam/role:Role').flatMap(({ name }) => statementsOf(stack, name));
  const onResources = stack.resources
    .filter(
      ({ type, properties }) =>
        type !== 'aws:iam/rolePolicy:RolePolicy' && typeof properties['policy'] === 'string',
    )
    .flatMap(({ type, properties }) =>
      type === 'aws:ecr/lifecyclePolicy:LifecyclePolicy'
        ? []
        : readPolicy(JSON.parse(String(properties['policy'])) as Policy, true),
    );
  return [...ofRoles, ...onResources];
}

function readPolicy({ Statement: statements }: Policy, isOnResource: boolean): Statement[] {
  return statements.map(({ Effect, Action, Resource }) => ({
    effect: Effect,
    actions: [Action].flat(),
    resources: [Resource].flat(),
    isOnResource,
  }));
}

/** The same in another account and under another name, so that no pattern of ours may match. */
function elsewhereOf(resource: string): string {
  return resource.replace('111122223333', '999988887777').replace('::image/ami-', '::image/ami-0');
}
