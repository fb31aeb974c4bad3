import { sampleAccount } from '../preview/account.ts';
import { readStackConfig, type Stack } from '../preview/read-stack-config.ts';
import type { GraphResource, ResourceGraph } from '../preview/resource-graph.ts';
import { runProgram } from '../preview/run-program.ts';

export type Mode = 'default-vpc' | 'private';

/** Both stacks as they are configured, each in both networks. */
export const everyStack: readonly (readonly [Stack, Mode])[] = [
  ['dev', 'default-vpc'],
  ['dev', 'private'],
  ['prod', 'default-vpc'],
  ['prod', 'private'],
];

/** Parts that are off by default; those that need private subnets are on in the private network. */
const withEverything = (mode: Mode): Record<string, unknown> => ({
  'seren-replicator:bucket': {},
  'seren-replicator:variables': { SEREN_LOG_LEVEL: 'debug' },
  'seren-replicator:registry': {},
  'seren-replicator:auditTrail': true,
  'seren-replicator:network': mode === 'private' ? { mode, zones: 3, natPerZone: true } : { mode },
  ...(mode === 'private'
    ? {
        'seren-replicator:database': {},
        'seren-replicator:bastion': {},
        'seren-replicator:targets': { allowPrivateAddresses: true },
      }
    : {}),
});

export async function stackGraph(
  stack: Stack,
  mode: Mode,
  overrides: Record<string, unknown> = {},
  { isPreview = false }: { isPreview?: boolean } = {},
): Promise<ResourceGraph> {
  const config = {
    ...(await readStackConfig(stack)),
    // Whose it is, only the owner of the account knows.
    'seren-replicator:alarms': { email: 'operator@example.com' },
    ...withEverything(mode),
    ...overrides,
  };
  const { graph, errors } = await runProgram({ stack, config, account: sampleAccount, isPreview });
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return graph;
}

export function ofType(graph: ResourceGraph, type: string): GraphResource[] {
  return graph.resources.filter((resource) => resource.type === type);
}

/** The one resource of a type and a name in the program. */
export function named(graph: ResourceGraph, type: string, name: string): GraphResource {
  const found = ofType(graph, type).find((resource) => resource.name === name);
  if (found === undefined) throw new Error(`There is no ${type} called ${name}.`);
  return found;
}
