import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobRecord } from './job-record.ts';
import type { JobTable } from './job-table.ts';
import { readRecord } from './read-record.ts';

/** The job as the last write left it; null when there is none. */
export async function getJob(
  { client, tableName }: JobTable,
  { jobId }: { jobId: string },
): Promise<JobRecord | null> {
  const { Item } = await client.send(
    new GetItemCommand({ TableName: tableName, Key: { job_id: { S: jobId } }, ConsistentRead: true }),
  );
  return Item === undefined ? null : readRecord(Item);
}
