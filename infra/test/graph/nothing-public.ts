import { describe, expect, test } from '@jest/globals';
import { type GraphView, policyOf, type Rule } from './graph-view.ts';

export function nothingIsPublic(view: GraphView): void {
  describe('nothing is public', () => {
    test('no security group lets the world in', () => {
      const groups = [
        ...view.all('aws:ec2/securityGroup:SecurityGroup'),
        ...view.all('aws:ec2/defaultSecurityGroup:DefaultSecurityGroup'),
      ];
      expect(groups.length).toBeGreaterThan(0);
      for (const { name, properties } of groups) {
        for (const rule of (properties['ingress'] ?? []) as Rule[]) {
          const sources = [...(rule.cidrBlocks ?? []), ...(rule.ipv6CidrBlocks ?? [])];
          expect({ name, sources: sources.filter((source) => !source.startsWith('10.')) }).toEqual({
            name,
            sources: [],
          });
        }
      }
      expect(view.all('aws:ec2/securityGroupRule:SecurityGroupRule')).toEqual([]);
    });

    test('workers take no connection, and open those to databases and HTTPS alone', () => {
      const { properties } = view.named('aws:ec2/securityGroup:SecurityGroup', 'worker-fleet');
      expect(properties['ingress']).toEqual([]);
      const ports = (properties['egress'] as Rule[]).map(({ protocol, fromPort, toPort }) => [
        protocol,
        fromPort,
        toPort,
      ]);
      expect(ports).toEqual([
        ['tcp', 443, 443],
        ['tcp', 5432, 5432],
      ]);
    });

    test('no subnet, machine or database has a public address but the NAT gateways', () => {
      for (const { properties } of view.all('aws:ec2/subnet:Subnet'))
        expect(properties['mapPublicIpOnLaunch']).toBe(false);
      for (const { properties } of view.all('aws:ec2/instance:Instance'))
        expect(properties['associatePublicIpAddress']).toBe(false);
      for (const { properties } of view.all('aws:rds/instance:Instance'))
        expect(properties['publiclyAccessible']).toBe(false);
      expect(view.all('aws:ec2/eip:Eip')).toHaveLength(view.all('aws:ec2/natGateway:NatGateway').length);
      expect(view.all('aws:lambda/functionUrl:FunctionUrl')).toEqual([]);
    });

    test('buckets are closed, and reached by TLS alone', () => {
      const buckets = view.all('aws:s3/bucket:Bucket');
      expect(buckets).toHaveLength(2);
      for (const { name } of buckets) {
        const { properties } = view.named('aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock', name);
        expect(properties).toMatchObject({
          blockPublicAcls: true,
          blockPublicPolicy: true,
          ignorePublicAcls: true,
          restrictPublicBuckets: true,
        });
        const { Statement } = policyOf(view.named('aws:s3/bucketPolicy:BucketPolicy', name));
        expect(Statement).toContainEqual(
          expect.objectContaining({
            Effect: 'Deny',
            Principal: '*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        );
        expect(
          Statement.filter(
            ({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('*'),
          ),
        ).toEqual([]);
      }
    });

    test('functions, topic and queue are called by the services that are named, from this stack alone', () => {
      for (const { properties } of view.all('aws:lambda/permission:Permission')) {
        expect(properties['principal']).toMatch(/^(?:apigateway|events)\.amazonaws\.com$/);
        expect(properties['sourceArn']).toMatch(/^arn:aws:(?:execute-api|events):us-east-1:111122223333:/);
      }
      for (const { Principal, Condition } of view
        .all('aws:sns/topicPolicy:TopicPolicy')
        .flatMap((policy) => policyOf(policy).Statement)) {
        expect(Principal).toEqual({ Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] });
        expect(Condition).toEqual({ StringEquals: { 'aws:SourceAccount': '111122223333' } });
      }
    });
  });
}
