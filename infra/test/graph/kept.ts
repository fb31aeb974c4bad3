import { describe, expect, test } from '@jest/globals';
import { type GraphView, type TagSpecification } from './graph-view.ts';

export function dataIsKept(view: GraphView): void {
  describe('everything is tagged', () => {
    test('by the one provider that every resource of AWS has', () => {
      const [provider, ...others] = view.all('pulumi:providers:aws');
      expect(others).toEqual([]);
      expect(JSON.parse(String(provider?.properties['defaultTags']))).toEqual({
        tags: { ManagedBy: 'seren-replication-system', Stage: view.stack },
      });
      const astray = view
        .graph()
        .resources.filter(
          ({ type, provider: reference }) =>
            type.startsWith('aws:') && !reference.startsWith(String(provider?.urn)),
        );
      expect(astray.map(({ urn }) => urn)).toEqual([]);
      expect(provider?.properties['allowedAccountIds']).toBe('["111122223333"]');
    });

    test('and machines by the template that they start from', () => {
      const { properties } = view.named('aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet');
      const managedBy = view.isProduction ? 'seren-replication-system' : 'seren-replication-system-dev';
      expect(
        (properties['tagSpecifications'] as TagSpecification[]).map(({ tags }) => tags.ManagedBy),
      ).toEqual([managedBy, managedBy, managedBy]);
    });
  });

  describe('data is kept where it lives, and goes where it should', () => {
    test('in production table, database and buckets cannot be deleted in passing', () => {
      const [table] = view.all('aws:dynamodb/table:Table');
      expect(table?.properties['deletionProtectionEnabled']).toBe(view.isProduction);
      const holders = [
        ...view.all('aws:dynamodb/table:Table'),
        ...view.all('aws:rds/instance:Instance'),
        ...view.all('aws:s3/bucket:Bucket'),
      ];
      expect(holders.map(({ isProtected }) => isProtected)).toEqual(holders.map(() => view.isProduction));
      for (const { properties } of view.all('aws:rds/instance:Instance')) {
        expect(properties).toMatchObject({
          deletionProtection: view.isProduction,
          skipFinalSnapshot: !view.isProduction,
          backupRetentionPeriod: 7,
        });
      }
      for (const { properties } of view.all('aws:s3/bucket:Bucket'))
        expect(properties['forceDestroy']).toBe(false);
    });

    test('the table can be restored to a moment, and forgets jobs', () => {
      const [table] = view.all('aws:dynamodb/table:Table');
      expect(table?.properties).toMatchObject({
        billingMode: 'PAY_PER_REQUEST',
        pointInTimeRecovery: { enabled: true },
        ttl: { attributeName: 'ttl', enabled: true },
        streamEnabled: true,
        streamViewType: 'KEYS_ONLY',
      });
    });

    test('logs are kept for seven days', () => {
      expect(view.all('aws:cloudwatch/logGroup:LogGroup')).toHaveLength(4);
      for (const { properties } of view.all('aws:cloudwatch/logGroup:LogGroup'))
        expect(properties['retentionInDays']).toBe(7);
    });

    test('objects, their old versions, unfinished uploads and images expire', () => {
      for (const { properties } of view.all(
        'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
      )) {
        expect(properties['rules']).toMatchObject([
          {
            status: 'Enabled',
            expiration: { days: expect.any(Number) },
            noncurrentVersionExpiration: { noncurrentDays: 7 },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
          },
        ]);
      }
      for (const { properties } of view.all('aws:s3/bucketVersioning:BucketVersioning')) {
        expect(properties['versioningConfiguration']).toEqual({ status: 'Enabled' });
      }
      const [images] = view.all('aws:ecr/lifecyclePolicy:LifecyclePolicy');
      expect((JSON.parse(String(images?.properties['policy'])) as { rules: unknown[] }).rules).toHaveLength(
        2,
      );
      expect(view.all('aws:ecr/repository:Repository')[0]?.properties).toMatchObject({
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
      });
    });
  });
}
