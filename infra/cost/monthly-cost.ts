/** What a stack costs while nobody uses it, by what stands in its graph. */
import { metricUnits } from '../../packages/coordinator/src/metrics.ts';
import type { GraphResource, ResourceGraph } from '../preview/resource-graph.ts';
import { HOURS_PER_MONTH } from '../../packages/cli/src/estimate/price-list.ts';
import { instancePerHour, prices } from './prices.ts';

export interface CostLine {
  what: string;
  count: number;
  dollarsPerMonth: number;
}

type Price = (properties: Record<string, unknown>) => number;

const hourly = (perHour: number): number => perHour * HOURS_PER_MONTH;

/** Types of resources that cost by being there. */
const priced: Readonly<Record<string, Price>> = {
  'aws:cloudwatch/dashboard:Dashboard': () => prices.perMonth.dashboard,
  'aws:cloudwatch/metricAlarm:MetricAlarm': () => prices.perMonth.alarm,
  'aws:ec2/eip:Eip': () => hourly(prices.perHour.publicAddress),
  'aws:ec2/instance:Instance': ({ instanceType, rootBlockDevice }) =>
    hourly(instancePerHour(String(instanceType))) +
    (rootBlockDevice as { volumeSize: number }).volumeSize * prices.perMonth.volumeGigabyte,
  'aws:ec2/natGateway:NatGateway': () => hourly(prices.perHour.natGateway),
  'aws:ec2/vpcEndpoint:VpcEndpoint': ({ vpcEndpointType, subnetIds }) =>
    vpcEndpointType === 'Interface'
      ? (subnetIds as unknown[]).length * hourly(prices.perHour.interfaceEndpoint)
      : 0,
  'aws:kms/key:Key': () => prices.perMonth.key,
  'aws:rds/instance:Instance': ({ instanceClass, allocatedStorage, multiAz }) =>
    (multiAz === true ? 2 : 1) *
    (hourly(instancePerHour(String(instanceClass))) +
      Number(allocatedStorage) * prices.perMonth.databaseGigabyte),
};

/** Types that cost by use alone, or nothing. */
const withoutStandingCost: readonly string[] = [
  'aws:apigatewayv2/api:Api',
  'aws:apigatewayv2/apiMapping:ApiMapping',
  'aws:apigatewayv2/domainName:DomainName',
  'aws:apigatewayv2/integration:Integration',
  'aws:apigatewayv2/route:Route',
  'aws:apigatewayv2/stage:Stage',
  'aws:budgets/budget:Budget',
  'aws:cloudtrail/trail:Trail',
  'aws:cloudwatch/eventRule:EventRule',
  'aws:cloudwatch/eventTarget:EventTarget',
  'aws:cloudwatch/logGroup:LogGroup',
  'aws:dynamodb/table:Table',
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
  'aws:ec2/internetGateway:InternetGateway',
  'aws:ec2/launchTemplate:LaunchTemplate',
  'aws:ec2/routeTable:RouteTable',
  'aws:ec2/routeTableAssociation:RouteTableAssociation',
  'aws:ec2/securityGroup:SecurityGroup',
  'aws:ec2/subnet:Subnet',
  'aws:ec2/vpc:Vpc',
  'aws:ecr/lifecyclePolicy:LifecyclePolicy',
  'aws:ecr/repository:Repository',
  'aws:iam/instanceProfile:InstanceProfile',
  'aws:iam/role:Role',
  'aws:iam/rolePolicy:RolePolicy',
  'aws:kms/alias:Alias',
  'aws:lambda/eventSourceMapping:EventSourceMapping',
  'aws:lambda/function:Function',
  'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig',
  'aws:lambda/permission:Permission',
  'aws:rds/parameterGroup:ParameterGroup',
  'aws:rds/subnetGroup:SubnetGroup',
  'aws:s3/bucket:Bucket',
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
  'aws:s3/bucketOwnershipControls:BucketOwnershipControls',
  'aws:s3/bucketPolicy:BucketPolicy',
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock',
  'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
  'aws:s3/bucketVersioning:BucketVersioning',
  'aws:sns/topic:Topic',
  'aws:sns/topicPolicy:TopicPolicy',
  'aws:sns/topicSubscription:TopicSubscription',
  'aws:sqs/queue:Queue',
  'aws:ssm/parameter:Parameter',
  'random:index/randomPassword:RandomPassword',
];

/** A pass of the reconciler each minute: about half a second, half a gigabyte, two queries, one trace. */
const PASSES_PER_MONTH = HOURS_PER_MONTH * 60;
const PASS_GIGABYTE_SECONDS = 0.25;
const READS_PER_PASS = 2;
/** What the coordinator publishes. */
const CUSTOM_METRICS = Object.keys(metricUnits).length;

/** @throws Error for a type of resource that nobody has thought about */
export function monthlyCost({ resources }: ResourceGraph): CostLine[] {
  const custom = resources.filter(({ isCustom, type }) => isCustom && !type.startsWith('pulumi:'));
  const standing = Object.entries(priced).flatMap(([type, price]) =>
    lineFor(
      type,
      price,
      custom.filter((resource) => resource.type === type),
    ),
  );
  const unknown = custom.find(({ type }) => !(type in priced) && !withoutStandingCost.includes(type));
  if (unknown !== undefined) throw new Error(`What does a ${unknown.type} cost? Say it in infra/cost.`);
  return [...standing, ...clockCost()].sort((a, b) => b.dollarsPerMonth - a.dollarsPerMonth);
}

function lineFor(type: string, price: Price, resources: readonly GraphResource[]): CostLine[] {
  const dollarsPerMonth = resources.reduce((total, { properties }) => total + price(properties), 0);
  if (dollarsPerMonth === 0) return [];
  const [, , what = type] = type.split(':');
  return [{ what, count: resources.length, dollarsPerMonth }];
}

function clockCost(): CostLine[] {
  const { perUse, perMonth } = prices;
  const million = PASSES_PER_MONTH / 1e6;
  return [
    {
      what: 'custom metrics',
      count: CUSTOM_METRICS,
      dollarsPerMonth: CUSTOM_METRICS * perMonth.customMetric,
    },
    {
      what: 'the clock: a pass of the reconciler each minute',
      count: PASSES_PER_MONTH,
      dollarsPerMonth:
        PASSES_PER_MONTH * PASS_GIGABYTE_SECONDS * perUse.lambdaGigabyteSecond +
        million *
          (perUse.lambdaMillionRequests + perUse.traceMillion + READS_PER_PASS * perUse.tableMillionReads),
    },
  ];
}
