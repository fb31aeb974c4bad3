/**
 * The table as the dev stack and the tests create it. Infrastructure declares the same table by its own means and
 * asserts against this one.
 *
 * The indexes carry keys (and the status, to filter on) alone. Whoever lists reads the records themselves
 * afterwards: sealed URLs and results are not copied into indexes, progress does not cost two more writes a second,
 * and an attribute that a list learns to show later does not mean a new index.
 */
import type { CreateTableCommandInput, UpdateTimeToLiveCommandInput } from '@aws-sdk/client-dynamodb';

export const DEFAULT_TABLE_NAME = 'replication-jobs';
export const STATUS_INDEX = 'status-created_at-index';
export const OWNER_INDEX = 'owner-created_at-index';

export const jobTableDefinition = {
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'job_id', AttributeType: 'S' },
    { AttributeName: 'status', AttributeType: 'S' },
    { AttributeName: 'owner', AttributeType: 'S' },
    { AttributeName: 'created_at', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'job_id', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: STATUS_INDEX,
      KeySchema: [
        { AttributeName: 'status', KeyType: 'HASH' },
        { AttributeName: 'created_at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
    {
      IndexName: OWNER_INDEX,
      KeySchema: [
        { AttributeName: 'owner', KeyType: 'HASH' },
        { AttributeName: 'created_at', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['status'] },
    },
  ],
} as const satisfies Omit<CreateTableCommandInput, 'TableName'>;

export const jobTableTimeToLive = {
  AttributeName: 'ttl',
  Enabled: true,
} as const satisfies UpdateTimeToLiveCommandInput['TimeToLiveSpecification'];
