import { sampleAccount } from '../../preview/account.ts';
import type { ResourceGraph } from '../../preview/resource-graph.ts';
import { named } from '../stack-graphs.ts';

const { accountId, region } = sampleAccount;

/** ARNs of one graph, and some that are nobody's business. */
export function resourcesOf(graph: ResourceGraph) {
  const arn = (type: string, name: string): string => String(named(graph, type, name).outputs['arn']);
  const table = arn('aws:dynamodb/table:Table', 'job-table');
  const workerLogs = arn('aws:cloudwatch/logGroup:LogGroup', 'worker');
  const apiKeysPath = String(graph.stackOutputs['apiKeysPath']);
  const ec2 = `arn:aws:ec2:${region}:${accountId}`;
  return {
    table,
    ownerIndex: `${table}/index/owner-created_at-index`,
    statusIndex: `${table}/index/status-created_at-index`,
    stream: String(named(graph, 'aws:dynamodb/table:Table', 'job-table').outputs['streamArn']),
    dataKey: arn('aws:kms/key:Key', 'data-key'),
    storageKey: arn('aws:kms/key:Key', 'storage-key'),
    apiKeys: `arn:aws:ssm:${region}:${accountId}:parameter${apiKeysPath}`,
    variables: `arn:aws:ssm:${region}:${accountId}:parameter${apiKeysPath.replace(/api-keys$/, 'variables')}`,
    workerLogs: `${workerLogs}:log-stream:3b241101-e2bb-4255-8caf-4136c566a962/1`,
    apiLogs: `${arn('aws:cloudwatch/logGroup:LogGroup', 'coordinator-api')}:log-stream:2026/11/20/[$LATEST]0`,
    reconcilerLogs: `${arn('aws:cloudwatch/logGroup:LogGroup', 'coordinator-reconciler')}:log-stream:2026/11/20/[$LATEST]0`,
    deadLetters: arn('aws:sqs/queue:Queue', 'coordinator-dead-letters'),
    launchTemplate: arn('aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet'),
    profile: arn('aws:iam/instanceProfile:InstanceProfile', 'worker-fleet'),
    securityGroup: arn('aws:ec2/securityGroup:SecurityGroup', 'worker-fleet'),
    image: `arn:aws:ec2:${region}::image/${String(graph.stackOutputs['workerImageId'])}`,
    instance: `${ec2}:instance/i-0123456789abcdef0`,
    volume: `${ec2}:volume/vol-0123456789abcdef0`,
    networkInterface: `${ec2}:network-interface/eni-0123456789abcdef0`,
    ec2,
    foreignTable: `arn:aws:dynamodb:${region}:${accountId}:table/customers`,
    foreignKey: `arn:aws:kms:${region}:${accountId}:key/00000000-0000-0000-0000-000000000000`,
    foreignLogs: `arn:aws:logs:${region}:${accountId}:log-group:/customers:log-stream:1`,
    foreignRole: `arn:aws:iam::${accountId}:role/administrator`,
  };
}

export type Resources = ReturnType<typeof resourcesOf>;

/** What KMS sees when a URL is sealed or opened. */
export const sealContext = {
  'kms:EncryptionContext:job_id': '3b241101-e2bb-4255-8caf-4136c566a962',
  'kms:EncryptionContext:side': 'source',
  'kms:EncryptionContextKeys': ['job_id', 'side'],
};

export const throughDynamoDb = {
  'kms:ViaService': `dynamodb.${region}.amazonaws.com`,
  'kms:CallerAccount': accountId,
};

export const throughSsm = (parameter: string) => ({
  'kms:ViaService': `ssm.${region}.amazonaws.com`,
  'kms:CallerAccount': accountId,
  'kms:EncryptionContext:PARAMETER_ARN': parameter,
});

export const ownMachine = (managedBy: string) => ({
  'aws:ResourceTag/ManagedBy': managedBy,
  'aws:ResourceTag/JobId': '3b241101-e2bb-4255-8caf-4136c566a962',
});

/** What EC2 sees of a start as `packages/coordinator/src/aws/ec2-worker-fleet.ts` asks for it. */
export const startOf = (r: Resources, managedBy: string) => ({
  'ec2:LaunchTemplate': r.launchTemplate,
  'aws:RequestTag/ManagedBy': managedBy,
  'aws:RequestTag/JobId': '3b241101-e2bb-4255-8caf-4136c566a962',
});

export const instanceStart = (r: Resources, managedBy: string, instanceType = 'm7i.large') => ({
  ...startOf(r, managedBy),
  'ec2:InstanceProfile': r.profile,
  'ec2:InstanceType': instanceType,
  'ec2:MetadataHttpTokens': 'required',
});

/** The context as it would be without one key. */
export function without(
  context: Record<string, string | string[]>,
  key: string,
): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(context).filter(([name]) => name !== key));
}
