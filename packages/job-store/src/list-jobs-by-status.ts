import { paginateQuery } from '@aws-sdk/client-dynamodb';
import type { JobState } from '@seren-replicator/job-models';
import { jobRecordSchema, type JobRecord } from './job-record.ts';
import { STATUS_INDEX } from './job-table-definition.ts';
import type { JobTable } from './job-table.ts';
import { readJobs, type JobsRead } from './read-jobs.ts';

/**
 * All jobs in a state that is passed through (there are few; ended jobs are listed by owner, page by page), oldest
 * first. The index lags behind, the records do not: a job that has moved on is left out, one that has just come in
 * may be missing.
 */
export async function listJobsByStatus(
  table: JobTable,
  { status }: { status: Extract<JobState, 'provisioning' | 'running'> },
): Promise<JobsRead<JobRecord>> {
  const jobIds: string[] = [];
  const pages = paginateQuery(
    { client: table.client },
    {
      TableName: table.tableName,
      IndexName: STATUS_INDEX,
      KeyConditionExpression: '#status = :status',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: { ':status': { S: status } },
    },
  );
  for await (const { Items = [] } of pages) jobIds.push(...Items.flatMap((item) => item['job_id']?.S ?? []));
  const { jobs, unreadable } = await readJobs(table, jobRecordSchema, jobIds);
  return { jobs: jobs.filter((job) => job.status === status), unreadable };
}
