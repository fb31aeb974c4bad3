import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { PrivateBucket } from './private-bucket.ts';
import type { StorageKey } from './storage-key.ts';

export interface AuditTrailArgs {
  trailName: string;
  bucketName: string;
  accountId: string;
  region: string;
  storageKey: StorageKey;
  isProtected: boolean;
}

const KEEP_DAYS = 365;

/** Who called what in the account: management events of all regions, signed, kept for a year. */
export class AuditTrail extends pulumi.ComponentResource {
  constructor(name: string, args: AuditTrailArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:AuditTrail', name, {}, options);
    const trailArn = `arn:aws:cloudtrail:${args.region}:${args.accountId}:trail/${args.trailName}`;
    const bucket = new PrivateBucket(
      name,
      {
        bucketName: args.bucketName,
        storageKey: args.storageKey,
        expireAfterDays: KEEP_DAYS,
        isProtected: args.isProtected,
        statements: (bucketArn) => letTrailWrite(bucketArn, trailArn, args.accountId),
      },
      { parent: this },
    );
    new aws.cloudtrail.Trail(
      name,
      {
        name: args.trailName,
        s3BucketName: bucket.bucket.bucket,
        isMultiRegionTrail: true,
        includeGlobalServiceEvents: true,
        enableLogFileValidation: true,
        kmsKeyId: args.storageKey.arn,
      },
      { parent: this, dependsOn: [bucket.policy] },
    );
    this.registerOutputs({});
  }
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
function letTrailWrite(
  bucketArn: pulumi.Output<string>,
  trailArn: string,
  accountId: string,
): aws.iam.PolicyStatement[] {
  const forTrail = {
    Effect: 'Allow' as const,
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Condition: { StringEquals: { 'aws:SourceArn': trailArn } },
  };
  return [
    { ...forTrail, Sid: 'LetTrailLook', Action: 's3:GetBucketAcl', Resource: bucketArn },
    {
      ...forTrail,
      Sid: 'LetTrailWrite',
      Action: 's3:PutObject',
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${accountId}/*`,
    },
  ];
}
