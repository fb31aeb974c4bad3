import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { Statement } from './service-role.ts';
import type { StorageKey } from './storage-key.ts';

export interface PrivateBucketArgs {
  /** Unique in the whole of AWS: names end in account and region. */
  bucketName: string;
  storageKey: StorageKey;
  expireAfterDays: number;
  isProtected: boolean;
  /** Besides the refusal of plain HTTP. */
  statements?: (bucketArn: pulumi.Output<string>) => Statement[];
}

/** Older versions of an object, and uploads that never ended. */
const LEFTOVER_DAYS = 7;

/** A bucket that nobody can open to the public, encrypted, versioned, reached by TLS alone, and emptied in time. */
export class PrivateBucket extends pulumi.ComponentResource {
  readonly bucket: aws.s3.Bucket;
  /** What has to be there before anything is written. */
  readonly policy: aws.s3.BucketPolicy;

  constructor(name: string, args: PrivateBucketArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:PrivateBucket', name, {}, options);
    this.bucket = new aws.s3.Bucket(
      name,
      { bucket: args.bucketName, forceDestroy: false },
      { parent: this, protect: args.isProtected },
    );
    const bucket = this.bucket.bucket;
    const block = new aws.s3.BucketPublicAccessBlock(
      name,
      {
        bucket,
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      { parent: this },
    );
    new aws.s3.BucketOwnershipControls(
      name,
      { bucket, rule: { objectOwnership: 'BucketOwnerEnforced' } },
      { parent: this },
    );
    this.#encrypt(name, args.storageKey);
    new aws.s3.BucketVersioning(
      name,
      { bucket, versioningConfiguration: { status: 'Enabled' } },
      { parent: this },
    );
    this.#expire(name, args.expireAfterDays);
    this.policy = new aws.s3.BucketPolicy(
      name,
      {
        bucket,
        policy: pulumi.jsonStringify({
          Version: '2012-10-17',
          Statement: [refusePlainHttp(this.bucket.arn), ...(args.statements?.(this.bucket.arn) ?? [])],
        }),
      },
      { parent: this, dependsOn: [block] },
    );
    this.registerOutputs({ name: bucket });
  }

  #encrypt(name: string, { arn }: StorageKey): void {
    new aws.s3.BucketServerSideEncryptionConfiguration(
      name,
      {
        bucket: this.bucket.bucket,
        rules: [
          {
            applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: arn },
            bucketKeyEnabled: true,
          },
        ],
      },
      { parent: this },
    );
  }

  #expire(name: string, days: number): void {
    new aws.s3.BucketLifecycleConfiguration(
      name,
      {
        bucket: this.bucket.bucket,
        rules: [
          {
            id: 'expire',
            status: 'Enabled',
            filter: { prefix: '' },
            expiration: { days },
            noncurrentVersionExpiration: { noncurrentDays: LEFTOVER_DAYS },
            abortIncompleteMultipartUpload: { daysAfterInitiation: LEFTOVER_DAYS },
          },
        ],
      },
      { parent: this },
    );
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html */
function refusePlainHttp(bucketArn: pulumi.Output<string>): Statement {
  return {
    Sid: 'RefusePlainHttp',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, pulumi.interpolate`${bucketArn}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}
