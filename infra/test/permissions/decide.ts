/**
 * Whether AWS would allow a call, decided by simulation on the policies of the graph. The simulator drops context keys
 * that it does not know for an action; a decision that rests on a dropped key would mean nothing, so that is an error.
 */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { sampleAccount } from '../../preview/account.ts';
import type { ResourceGraph } from '../../preview/resource-graph.ts';
import { ofType } from '../stack-graphs.ts';

type Context = Readonly<Record<string, string | string[]>>;

export interface Call {
  /** The role's name in the program. */
  role: string;
  action: string;
  resource: string;
  context?: Context;
}

export interface Decision {
  result: string;
  ignoredContextKeys: string[];
}

const { accountId, region } = sampleAccount;

export async function decide(graph: ResourceGraph, call: Call): Promise<Decision> {
  const { role, action, resource, context = {} } = call;
  const answer = await runSimulation(
    {
      request: {
        principal: roleArn(graph, role),
        action,
        resource: { resource, accountId },
        contextVariables: rename({ 'aws:RequestedRegion': region, ...context }) as Record<
          string,
          string | string[]
        >,
      },
      identityPolicies: policiesOf(graph, role),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: keyPolicyFor(graph, resource),
    },
    {},
  );
  if (answer.resultType === 'error') throw new Error(JSON.stringify(answer.errors));
  const results = answer.resultType === 'single' ? [answer.result] : answer.results;
  return {
    result: answer.overallResult,
    ignoredContextKeys: results
      .flatMap(({ ignoredContextKeys = [] }) => ignoredContextKeys)
      // Everywhere in a real request, and no statement of ours asks for it.
      .filter((key) => key !== 'aws:RequestedRegion'),
  };
}

export function roleArn(graph: ResourceGraph, role: string): string {
  const found = ofType(graph, 'aws:iam/role:Role').find(({ name }) => name === role);
  if (found === undefined) throw new Error(`There is no role ${role}.`);
  return String(found.outputs['arn']);
}

export function policiesOf(graph: ResourceGraph, role: string): { name: string; policy: unknown }[] {
  const roleName = roleArn(graph, role).split('/').at(-1);
  return ofType(graph, 'aws:iam/rolePolicy:RolePolicy')
    .filter(({ properties }) => properties['role'] === roleName)
    .map(({ name, properties }) => ({ name, policy: rename(JSON.parse(String(properties['policy']))) }));
}

/** A key is decided on by its own policy as well. */
function keyPolicyFor(graph: ResourceGraph, resource: string): unknown {
  const key = ofType(graph, 'aws:kms/key:Key').find(({ outputs }) => outputs['arn'] === resource);
  return key === undefined ? undefined : rename(JSON.parse(String(key.properties['policy'])));
}

/**
 * The simulator has no `kms:EncryptionContext:<name>`: both sides get a tag of the principal in its place, which is
 * compared in the same ways.
 */
function rename(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rename);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/^kms:EncryptionContext:/, 'aws:PrincipalTag/EncryptionContext-'),
      rename(inner),
    ]),
  );
}
