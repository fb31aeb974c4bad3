import { describe, expect, test } from '@jest/globals';
import { type GraphView, policyOf } from './graph-view.ts';

export function everythingIsEncrypted(view: GraphView): void {
  describe('everything is encrypted', () => {
    const storageKey = (): unknown => view.named('aws:kms/key:Key', 'storage-key').outputs['arn'];

    test('keys rotate, and can be brought back for a month', () => {
      expect(view.all('aws:kms/key:Key')).toHaveLength(2);
      for (const { properties } of view.all('aws:kms/key:Key')) {
        expect(properties).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
      }
    });

    test('table, parameters, logs, topic, buckets, database and images with the key of the stack', () => {
      const [table] = view.all('aws:dynamodb/table:Table');
      expect(table?.properties['serverSideEncryption']).toEqual({ enabled: true, kmsKeyArn: storageKey() });
      for (const { properties } of view.all('aws:ssm/parameter:Parameter')) {
        expect(properties).toMatchObject({ type: 'SecureString', keyId: storageKey() });
      }
      for (const { properties } of view.all('aws:cloudwatch/logGroup:LogGroup'))
        expect(properties['kmsKeyId']).toBe(storageKey());
      for (const { properties } of view.all('aws:sns/topic:Topic'))
        expect(properties['kmsMasterKeyId']).toBe(storageKey());
      for (const { properties } of view.all('aws:cloudtrail/trail:Trail'))
        expect(properties['kmsKeyId']).toBe(storageKey());
      for (const { properties } of view.all('aws:rds/instance:Instance')) {
        expect(properties).toMatchObject({ storageEncrypted: true, kmsKeyId: storageKey() });
      }
      const encryption =
        'aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration';
      expect(view.all(encryption)).toHaveLength(view.all('aws:s3/bucket:Bucket').length);
      for (const { properties } of view.all(encryption)) {
        expect(properties['rules']).toMatchObject([
          { applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: storageKey() } },
        ]);
      }
      for (const { properties } of view.all('aws:ecr/repository:Repository')) {
        expect(properties['encryptionConfigurations']).toEqual([
          { encryptionType: 'KMS', kmsKey: storageKey() },
        ]);
      }
    });

    test('volumes and queues', () => {
      const template = view.named('aws:ec2/launchTemplate:LaunchTemplate', 'worker-fleet').properties;
      expect(template['blockDeviceMappings']).toMatchObject([
        { ebs: { encrypted: 'true', volumeType: 'gp3', volumeSize: 20, deleteOnTermination: 'true' } },
      ]);
      for (const { properties } of view.all('aws:ec2/instance:Instance')) {
        expect(properties['rootBlockDevice']).toMatchObject({
          encrypted: true,
          volumeType: 'gp3',
          kmsKeyId: storageKey(),
        });
      }
      for (const { properties } of view.all('aws:sqs/queue:Queue'))
        expect(properties['sqsManagedSseEnabled']).toBe(true);
    });

    test('every group of logs that is written is one that the storage key may encrypt', () => {
      const statements = policyOf(view.named('aws:kms/key:Key', 'storage-key')).Statement;
      const condition = JSON.stringify(statements.find(({ Sid }) => Sid === 'EncryptLogs')?.Condition);
      for (const { outputs } of view.all('aws:cloudwatch/logGroup:LogGroup'))
        expect(condition).toContain(`"${String(outputs['arn'])}"`);
    });

    test('secrets are secret in the state as well', () => {
      for (const { secretPaths } of view.all('aws:ssm/parameter:Parameter'))
        expect(secretPaths).toContain('value');
      for (const { secretPaths } of view.all('aws:rds/instance:Instance'))
        expect(secretPaths).toContain('password');
      const plain = view
        .graph()
        .resources.flatMap(({ properties, secretPaths }) =>
          Object.entries(properties).filter(
            ([name]) => !secretPaths.some((path) => path.split('.')[0] === name),
          ),
        );
      expect(JSON.stringify(plain)).not.toMatch(/random-(?:api-keys|database)/);
      expect(JSON.stringify(view.graph().stackOutputs)).not.toMatch(/random-/);
    });
  });
}
