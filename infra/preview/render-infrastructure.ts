/** The resources of both stacks as Markdown, read off the graph that the program asks for. */
import { format } from 'prettier';
import { sampleAccount } from './account.ts';
import { readStackConfig, type Stack } from './read-stack-config.ts';
import type { GraphResource, ResourceGraph } from './resource-graph.ts';
import { runProgram } from './run-program.ts';

interface Variant {
  title: string;
  stack: Stack;
  config: Record<string, unknown>;
}

const PRIVATE = { 'seren-replicator:network': { mode: 'private' } };
const EVERYTHING = {
  ...PRIVATE,
  'seren-replicator:auditTrail': true,
  'seren-replicator:bastion': {},
  'seren-replicator:bucket': {},
  'seren-replicator:database': {},
  'seren-replicator:registry': {},
  'seren-replicator:targets': { allowPrivateAddresses: true },
};

const variants: readonly Variant[] = [
  { title: 'Stack dev, as it is configured', stack: 'dev', config: {} },
  { title: 'Stack prod, as it is configured', stack: 'prod', config: {} },
  { title: 'Stack dev in a private network', stack: 'dev', config: PRIVATE },
  { title: 'Stack prod in a private network, with every optional part', stack: 'prod', config: EVERYTHING },
];

const INTRODUCTION = `# Infrastructure

Written by \`./scripts/render-infrastructure\` from the graphs that the Pulumi program in \`infra/\` asks for; a test fails
when this page is not what the program does. The account is a made-up one. [deploy.md](deploy.md) says how to get it, and
what each part is for is at the head of its component in \`infra/components\`.

\`protected\`: Pulumi refuses to delete it. The last column names the resources that must be there first, outside of the
same component.
`;

export async function renderInfrastructure(): Promise<string> {
  const graphs = await Promise.all(variants.map(graphOf));
  const sections = variants.map(({ title }, index) => renderGraph(title, graphs[index]));
  return format([INTRODUCTION, ...sections].join('\n'), { parser: 'markdown', printWidth: 120 });
}

async function graphOf({ stack, config }: Variant): Promise<ResourceGraph> {
  const { graph, errors } = await runProgram({
    stack,
    config: {
      ...(await readStackConfig(stack)),
      'seren-replicator:alarms': { email: 'operator@example.com' },
      ...config,
    },
    account: sampleAccount,
  });
  if (errors.length > 0) throw new Error(errors.join('\n'));
  return graph;
}

function renderGraph(title: string, graph: ResourceGraph | undefined): string {
  const resources = graph?.resources ?? [];
  const custom = resources.filter(({ isCustom, type }) => isCustom && !type.startsWith('pulumi:'));
  const groups = new Map<string, GraphResource[]>();
  for (const resource of custom) {
    const name = componentName(resource.parent, resources);
    groups.set(name, [...(groups.get(name) ?? []), resource]);
  }
  const lines = [`## ${title}`, '', `${custom.length} resources.`, ''];
  for (const name of [...groups.keys()].sort()) {
    lines.push(`### ${name}`, '', '| resource | name in AWS | needs |', '| --- | --- | --- |');
    const group = groups.get(name) ?? [];
    lines.push(...group.map((resource) => renderRow(resource, group, resources)).sort(), '');
  }
  return lines.join('\n');
}

/** The outermost component that a resource belongs to. */
function componentName(parentUrn: string, resources: readonly GraphResource[]): string {
  const parent = resources.find(({ urn }) => urn === parentUrn);
  if (parent === undefined || parent.type === 'pulumi:pulumi:Stack') return 'on its own';
  const above = componentName(parent.parent, resources);
  if (above !== 'on its own') return above;
  // Permissions hang on the resource that they are for.
  return parent.isCustom ? parent.name : `${parent.name} (${parent.type.split(':').at(-1) ?? ''})`;
}

function renderRow(
  resource: GraphResource,
  group: readonly GraphResource[],
  resources: readonly GraphResource[],
): string {
  const { type, name, isProtected, properties, dependencies } = resource;
  const needs = dependencies
    .map((urn) => resources.find((each) => each.urn === urn))
    .filter((needed) => needed?.isCustom === true && !group.includes(needed))
    .map((needed) => `${shortType(needed?.type ?? '')} ${needed?.name ?? ''}`);
  const what = `${shortType(type)} \`${name}\`${isProtected ? ', protected' : ''}`;
  return `| ${what} | ${awsNameOf(properties)} | ${[...new Set(needs)].sort().join(', ')} |`;
}

function shortType(type: string): string {
  const [, module = '', name = ''] = type.split(':');
  return `${module.split('/')[0] ?? ''}.${name}`;
}

function awsNameOf(properties: Record<string, unknown>): string {
  for (const field of [
    'name',
    'bucket',
    'identifier',
    'dashboardName',
    'routeKey',
    'serviceName',
    'domainName',
  ]) {
    const value = properties[field];
    if (typeof value === 'string') return `\`${value}\``;
  }
  return '';
}
