import type * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { createRotatedKey } from './rotated-key.ts';

export interface StorageKeyArgs {
  /** Without `alias/`. */
  aliasName: string;
  accountId: string;
  region: string;
  /** Names of the stack's log groups. */
  logGroupNames: string[];
  /** The audit trail that is encrypted with it, if there is one. */
  trailName: string | undefined;
}

/**
 * What is kept is encrypted with this key: table, parameters, logs, topic, bucket, database, the bastion's volume. It
 * can be used through those services alone, and by who may use them: nobody can decrypt with it directly.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export class StorageKey extends pulumi.ComponentResource {
  readonly key: aws.kms.Key;

  constructor(name: string, args: StorageKeyArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:StorageKey', name, {}, options);
    const { key } = createRotatedKey(
      name,
      {
        description: 'Encrypts what the service keeps',
        aliasName: args.aliasName,
        accountId: args.accountId,
        statements: [
          throughServices(args),
          grantsForServices(args),
          forLogs(args),
          forAlarms(args),
          ...(args.trailName === undefined ? [] : [forTrail(args, args.trailName)]),
        ],
      },
      { parent: this },
    );
    this.key = key;
    this.registerOutputs({ arn: this.key.arn });
  }

  get arn(): pulumi.Output<string> {
    return this.key.arn;
  }
}

const USE_ACTIONS = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
];

function viaServices(region: string): string[] {
  return ['dynamodb', 'ec2', 'ecr', 'rds', 's3', 'sns', 'ssm'].map(
    (service) => `${service}.${region}.amazonaws.com`,
  );
}

function throughServices({ accountId, region }: StorageKeyArgs): aws.iam.PolicyStatement {
  return {
    Sid: 'UseThroughServices',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: [...USE_ACTIONS, 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    Resource: '*',
    Condition: {
      StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': viaServices(region) },
    },
  };
}

/** DynamoDB, EC2 and RDS use a key after the call that created the resource, by a grant. */
function grantsForServices({ accountId, region }: StorageKeyArgs): aws.iam.PolicyStatement {
  return {
    Sid: 'GrantToServices',
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:CreateGrant',
    Resource: '*',
    Condition: {
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
      StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': viaServices(region) },
    },
  };
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html */
function forLogs({ accountId, region, logGroupNames }: StorageKeyArgs): aws.iam.PolicyStatement {
  return {
    Sid: 'EncryptLogs',
    Effect: 'Allow',
    Principal: { Service: `logs.${region}.amazonaws.com` },
    Action: [...USE_ACTIONS, 'kms:DescribeKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
    Resource: '*',
    Condition: {
      ArnEquals: {
        'kms:EncryptionContext:aws:logs:arn': logGroupNames.map(
          (logGroup) => `arn:aws:logs:${region}:${accountId}:log-group:${logGroup}`,
        ),
      },
    },
  };
}

/** Alarms and the budget publish to the encrypted topic as the services that they are. */
function forAlarms({ accountId }: StorageKeyArgs): aws.iam.PolicyStatement {
  return {
    Sid: 'DeliverAlarms',
    Effect: 'Allow',
    Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceAccount': accountId } },
  };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html */
function forTrail({ accountId, region }: StorageKeyArgs, trailName: string): aws.iam.PolicyStatement {
  const trailArn = `arn:aws:cloudtrail:${region}:${accountId}:trail/${trailName}`;
  return {
    Sid: 'EncryptTrail',
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: ['kms:DescribeKey', 'kms:GenerateDataKey'],
    Resource: '*',
    Condition: { StringEquals: { 'aws:SourceArn': trailArn } },
  };
}
