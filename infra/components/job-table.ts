import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { StorageKey } from './storage-key.ts';

export interface JobTableArgs {
  tableName: string;
  storageKey: StorageKey;
  /** Whether the table may not be deleted, by anybody. */
  isProtected: boolean;
}

export const STATUS_INDEX = 'status-created_at-index';
export const OWNER_INDEX = 'owner-created_at-index';

/**
 * The table that `packages/job-store/src/job-table-definition.ts` describes; a test compares the two. Its stream tells
 * the reconciler of changes.
 */
export class JobTable extends pulumi.ComponentResource {
  readonly table: aws.dynamodb.Table;

  constructor(name: string, args: JobTableArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:JobTable', name, {}, options);
    this.table = new aws.dynamodb.Table(
      name,
      {
        name: args.tableName,
        billingMode: 'PAY_PER_REQUEST',
        hashKey: 'job_id',
        attributes: ['job_id', 'status', 'owner', 'created_at'].map((attribute) => ({
          name: attribute,
          type: 'S',
        })),
        globalSecondaryIndexes: [
          { name: STATUS_INDEX, hashKey: 'status', rangeKey: 'created_at', projectionType: 'KEYS_ONLY' },
          {
            name: OWNER_INDEX,
            hashKey: 'owner',
            rangeKey: 'created_at',
            projectionType: 'INCLUDE',
            nonKeyAttributes: ['status'],
          },
        ],
        ttl: { attributeName: 'ttl', enabled: true },
        streamEnabled: true,
        // Keys alone: the reconciler reads the records themselves, and sealed URLs stay out of the stream.
        streamViewType: 'KEYS_ONLY',
        pointInTimeRecovery: { enabled: true },
        serverSideEncryption: { enabled: true, kmsKeyArn: args.storageKey.arn },
        deletionProtectionEnabled: args.isProtected,
      },
      { parent: this, protect: args.isProtected },
    );
    this.registerOutputs({ name: this.table.name });
  }

  get arn(): pulumi.Output<string> {
    return this.table.arn;
  }

  indexArn(index: string): pulumi.Output<string> {
    return pulumi.interpolate`${this.table.arn}/index/${index}`;
  }
}
