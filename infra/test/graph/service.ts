import { expect, test } from '@jest/globals';
import { type GraphView, type Rule } from './graph-view.ts';

export function serviceIsWired(view: GraphView): void {
  test('functions run on arm64 with the current Node.js, and the reconciler has its own share of concurrency', () => {
    const functions = view.all('aws:lambda/function:Function');
    expect(functions).toHaveLength(2);
    for (const { properties } of functions) {
      expect(properties).toMatchObject({
        runtime: 'nodejs24.x',
        architectures: ['arm64'],
        tracingConfig: { mode: 'Active' },
      });
    }
    const reserved = functions.map(({ name, properties }) => [
      name,
      properties['reservedConcurrentExecutions'],
    ]);
    expect(new Map(reserved as [string, unknown][])).toEqual(
      new Map<string, unknown>([
        ['coordinator-api', -1],
        ['coordinator-reconciler', 3],
      ]),
    );
  });

  test('the stream is followed with partial answers, few retries and a place for what fails', () => {
    const [mapping] = view.all('aws:lambda/eventSourceMapping:EventSourceMapping');
    const queue = view.named('aws:sqs/queue:Queue', 'coordinator-dead-letters').outputs['arn'];
    expect(mapping?.properties).toMatchObject({
      functionResponseTypes: ['ReportBatchItemFailures'],
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 3,
      destinationConfig: { onFailure: { destinationArn: queue } },
    });
    const needed = mapping?.dependencies.map((urn) => urn.split('::').at(-1));
    expect(needed).toEqual(expect.arrayContaining(['reconciler-job-table', 'reconciler-dead-letters']));
    expect(view.all('aws:cloudwatch/eventRule:EventRule')[0]?.properties['scheduleExpression']).toBe(
      'rate(1 minute)',
    );
  });

  test('requests are throttled, and logged with where they came from', () => {
    const [httpStage] = view.all('aws:apigatewayv2/stage:Stage');
    expect(httpStage?.properties['defaultRouteSettings']).toMatchObject({
      throttlingBurstLimit: 100,
      throttlingRateLimit: 50,
    });
    const { format } = httpStage?.properties['accessLogSettings'] as { format: string };
    expect(JSON.parse(format)).toMatchObject({ sourceIp: '$context.identity.sourceIp' });
    expect(format).not.toMatch(/authorizer|header|body/i);
  });

  test('the database forces TLS, replicates logically, and is open to workers and the bastion alone', () => {
    expect(view.all('aws:rds/instance:Instance')).toHaveLength(view.isPrivate ? 1 : 0);
    if (!view.isPrivate) return;
    const groupId = (name: string): unknown =>
      view.named('aws:ec2/securityGroup:SecurityGroup', name).outputs['id'];
    const [parameters] = view.all('aws:rds/parameterGroup:ParameterGroup');
    expect(parameters?.properties['parameters']).toEqual([
      { name: 'rds.force_ssl', value: '1' },
      { name: 'rds.logical_replication', value: '1', applyMethod: 'pending-reboot' },
    ]);
    const rules = view.named('aws:ec2/securityGroup:SecurityGroup', 'database').properties[
      'ingress'
    ] as Rule[];
    expect(rules.map(({ securityGroups }) => securityGroups)).toEqual([
      [groupId('worker-fleet')],
      [groupId('bastion')],
    ]);
  });

  test('a private network has subnets in several zones, ways out by NAT, and ways to AWS that do not leave it', () => {
    const subnets = view.all('aws:ec2/subnet:Subnet');
    expect(subnets).toHaveLength(view.isPrivate ? 6 : 0);
    if (!view.isPrivate) return;
    const zonesOf = (kind: string): Set<unknown> =>
      new Set(
        subnets.flatMap(({ name, properties }) =>
          name.includes(kind) ? [properties['availabilityZone']] : [],
        ),
      );
    expect(zonesOf('private').size).toBe(3);
    expect(view.all('aws:ec2/natGateway:NatGateway')).toHaveLength(3);
    const services = view
      .all('aws:ec2/vpcEndpoint:VpcEndpoint')
      .map(({ properties }) => String(properties['serviceName']).split('.').at(-1));
    expect(new Set(services)).toEqual(
      new Set(['dynamodb', 's3', 'ec2', 'kms', 'logs', 'monitoring', 'ssm', 'ec2messages', 'ssmmessages']),
    );
    const cidrs = subnets.map(({ properties }) => String(properties['cidrBlock']));
    expect(new Set(cidrs).size).toBe(cidrs.length);
    const worldRoutes = view
      .all('aws:ec2/routeTable:RouteTable')
      .filter(({ name }) => name.includes('private'));
    for (const { properties } of worldRoutes) {
      expect(properties['routes']).toEqual([{ cidrBlock: '0.0.0.0/0', natGatewayId: expect.any(String) }]);
    }
  });

  test('every alarm is told to the topic, and somebody hears it', () => {
    const alarms = view.all('aws:cloudwatch/metricAlarm:MetricAlarm');
    expect(alarms.length).toBeGreaterThanOrEqual(11);
    const [topic] = view.all('aws:sns/topic:Topic');
    for (const { properties } of alarms) {
      expect(properties).toMatchObject({
        alarmActions: [topic?.outputs['arn']],
        okActions: [topic?.outputs['arn']],
      });
    }
    expect(view.all('aws:sns/topicSubscription:TopicSubscription')[0]?.properties['endpoint']).toBe(
      'operator@example.com',
    );
    expect(view.all('aws:budgets/budget:Budget')[0]?.properties).toMatchObject({
      timeUnit: 'MONTHLY',
      limitAmount: '100',
    });
  });
}
