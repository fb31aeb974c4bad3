/**
 * What AWS adds to a resource once it is there, as far as the program and the tests look at it: ids, ARNs, endpoints.
 * ARNs have the form that AWS documents, because policies are decided on them.
 */
import { createHash } from 'node:crypto';
import type { Account } from './account.ts';

interface Registered {
  type: string;
  name: string;
  properties: Record<string, unknown>;
}

export interface Computed {
  id: string;
  outputs: Record<string, unknown>;
  /** Outputs that are secret whatever the inputs were. */
  secrets: string[];
}

/** Types whose ARN ends in the AWS name of the resource: `arn:aws:SERVICE:REGION:ACCOUNT:PREFIX` + name. */
const namedArns: Readonly<Record<string, readonly [service: string, prefix: string, property: string]>> = {
  'aws:dynamodb/table:Table': ['dynamodb', 'table/', 'name'],
  'aws:lambda/function:Function': ['lambda', 'function:', 'name'],
  'aws:cloudwatch/logGroup:LogGroup': ['logs', 'log-group:', 'name'],
  'aws:cloudwatch/eventRule:EventRule': ['events', 'rule/', 'name'],
  'aws:cloudwatch/metricAlarm:MetricAlarm': ['cloudwatch', 'alarm:', 'name'],
  'aws:sqs/queue:Queue': ['sqs', '', 'name'],
  'aws:sns/topic:Topic': ['sns', '', 'name'],
  'aws:ssm/parameter:Parameter': ['ssm', 'parameter', 'name'],
  'aws:ecr/repository:Repository': ['ecr', 'repository/', 'name'],
  'aws:cloudtrail/trail:Trail': ['cloudtrail', 'trail/', 'name'],
  'aws:rds/instance:Instance': ['rds', 'db:', 'identifier'],
};

/** Types whose ARN ends in the id that AWS makes up. */
const numberedArns: Readonly<Record<string, readonly [service: string, prefix: string, idPrefix: string]>> = {
  'aws:kms/key:Key': ['kms', 'key/', ''],
  'aws:ec2/launchTemplate:LaunchTemplate': ['ec2', 'launch-template/', 'lt-'],
  'aws:ec2/securityGroup:SecurityGroup': ['ec2', 'security-group/', 'sg-'],
  'aws:ec2/subnet:Subnet': ['ec2', 'subnet/', 'subnet-'],
  'aws:ec2/vpc:Vpc': ['ec2', 'vpc/', 'vpc-'],
  'aws:ec2/instance:Instance': ['ec2', 'instance/', 'i-'],
};

/** Types in IAM, which has no regions. */
const iamArns: Readonly<Record<string, string>> = {
  'aws:iam/role:Role': 'role/',
  'aws:iam/instanceProfile:InstanceProfile': 'instance-profile/',
};

export function computeOutputs({ type, name, properties }: Registered, account: Account): Computed {
  const { accountId, region } = account;
  const id = `${name}-id`;
  const named = namedArns[type];
  if (named !== undefined) {
    const [service, prefix, property] = named;
    const awsName = String(properties[property]);
    const arn = `arn:aws:${service}:${region}:${accountId}:${prefix}${awsName}`;
    return { id: awsName, outputs: { arn, ...extraOutputs(type, properties, arn, account) }, secrets: [] };
  }
  const numbered = numberedArns[type];
  if (numbered !== undefined) {
    const [service, prefix, idPrefix] = numbered;
    const awsId = idFor(name, idPrefix);
    const arn = `arn:aws:${service}:${region}:${accountId}:${prefix}${awsId}`;
    return { id: awsId, outputs: { arn, ...extraOutputs(type, properties, arn, account) }, secrets: [] };
  }
  const iam = iamArns[type];
  if (iam !== undefined) {
    const awsName = String(properties['name']);
    return { id: awsName, outputs: { arn: `arn:aws:iam::${accountId}:${iam}${awsName}` }, secrets: [] };
  }
  if (type === 'random:index/randomPassword:RandomPassword') {
    return { id: 'none', outputs: { result: `random-${name}` }, secrets: ['result'] };
  }
  return { id, outputs: extraOutputs(type, properties, '', account), secrets: [] };
}

function extraOutputs(
  type: string,
  properties: Record<string, unknown>,
  arn: string,
  { accountId, region }: Account,
): Record<string, unknown> {
  switch (type) {
    case 'aws:dynamodb/table:Table':
      return { streamArn: `${arn}/stream/2026-11-20T00:00:00.000` };
    case 'aws:kms/key:Key':
      return { keyId: arn.split('/').at(-1) };
    case 'aws:kms/alias:Alias':
      return { arn: `arn:aws:kms:${region}:${accountId}:${String(properties['name'])}` };
    case 'aws:lambda/function:Function':
      return {
        invokeArn: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
      };
    case 'aws:sqs/queue:Queue':
      return { url: `https://sqs.${region}.amazonaws.com/${accountId}/${String(properties['name'])}` };
    case 'aws:apigatewayv2/api:Api':
      return {
        apiEndpoint: `https://api0000000.execute-api.${region}.amazonaws.com`,
        executionArn: `arn:aws:execute-api:${region}:${accountId}:api0000000`,
      };
    case 'aws:apigatewayv2/domainName:DomainName':
      return {
        domainNameConfiguration: {
          ...(properties['domainNameConfiguration'] as object),
          targetDomainName: `d-0000000.execute-api.${region}.amazonaws.com`,
          hostedZoneId: 'Z1UJRXOUMOOFQ8',
        },
      };
    case 'aws:ec2/launchTemplate:LaunchTemplate':
      return { latestVersion: 1 };
    case 'aws:rds/instance:Instance':
      return {
        address: `${String(properties['identifier'])}.example.${region}.rds.amazonaws.com`,
        endpoint: `${String(properties['identifier'])}.example.${region}.rds.amazonaws.com:5432`,
        port: 5432,
      };
    case 'aws:ecr/repository:Repository':
      return {
        repositoryUrl: `${accountId}.dkr.ecr.${region}.amazonaws.com/${String(properties['name'])}`,
      };
    case 'aws:s3/bucket:Bucket':
      return { arn: `arn:aws:s3:::${String(properties['bucket'])}` };
    default:
      return {};
  }
}

/** Made up, in the form that AWS gives it, and the same on every run. */
function idFor(name: string, idPrefix: string): string {
  const hex = createHash('sha256').update(`${idPrefix}${name}`).digest('hex');
  if (idPrefix !== '') return `${idPrefix}${hex.slice(0, 17)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
