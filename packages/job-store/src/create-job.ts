import { ConditionalCheckFailedException, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { expiryOf, type JobRecord } from './job-record.ts';
import type { JobTable } from './job-table.ts';
import { readRecord } from './read-record.ts';

type SubmittedAttributes =
  | 'job_id'
  | 'owner'
  | 'source'
  | 'target'
  | 'sealed_source_url'
  | 'sealed_target_url'
  | 'sealed_for'
  | 'retry_of'
  | 'followed_at'
  | 'request_digest';

export type NewJob = Pick<JobRecord, SubmittedAttributes | 'specification'>;

/** Writes the record of a new job, or answers with the one that has its id already. */
export async function createJob(
  { client, tableName }: JobTable,
  { now, ...submitted }: NewJob & { now: Date },
): Promise<{ created: boolean; job: JobRecord }> {
  const job: JobRecord = {
    ...submitted,
    command: submitted.specification.command,
    status: 'provisioning',
    attempt: 1,
    lost_attempts: 0,
    created_at: now.toISOString(),
    ttl: expiryOf(now),
  };
  try {
    await client.send(
      new PutItemCommand({
        TableName: tableName,
        Item: marshall(job, { removeUndefinedValues: true }),
        ConditionExpression: 'attribute_not_exists(#job_id)',
        ExpressionAttributeNames: { '#job_id': 'job_id' },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { created: true, job };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
    return { created: false, job: readRecord(error.Item) };
  }
}
