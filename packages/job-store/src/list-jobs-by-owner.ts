import { QueryCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import type { JobState } from '@seren-replicator/job-models';
import { jobSummarySchema, type JobSummary } from './job-record.ts';
import { OWNER_INDEX } from './job-table-definition.ts';
import type { JobTable } from './job-table.ts';
import { readJobs } from './read-jobs.ts';

/** After which job a page begins. */
export interface ListPosition {
  createdAt: string;
  jobId: string;
}

export interface JobPage {
  jobs: JobSummary[];
  unreadable: string[];
  /** Null after the last page. */
  next: ListPosition | null;
}

/** Keys read at a time while looking for jobs of one status; without one each key that is read is shown. */
const FILTERED_KEYS_PER_QUERY = 200;

/** One page of an owner's jobs, newest first. */
export async function listJobsByOwner(
  table: JobTable,
  input: { owner: string; status?: JobState; limit: number; after?: ListPosition },
): Promise<JobPage> {
  const { limit, status } = input;
  const found: ListPosition[] = [];
  let position = input.after ?? null;
  do {
    const page = await queryPositions(table, { ...input, after: position });
    found.push(...page.positions);
    position = page.next;
  } while (found.length <= limit && position !== null);
  const shown = found.slice(0, limit);
  const { jobs, unreadable } = await readJobs(
    table,
    jobSummarySchema,
    shown.map(({ jobId }) => jobId),
  );
  return {
    // The index lags behind the records: one may have moved on since.
    jobs: status === undefined ? jobs : jobs.filter((job) => job.status === status),
    unreadable,
    next: found.length > limit ? (shown.at(-1) ?? null) : null,
  };
}

async function queryPositions(
  { client, tableName }: JobTable,
  input: { owner: string; status?: JobState; limit: number; after: ListPosition | null },
): Promise<{ positions: ListPosition[]; next: ListPosition | null }> {
  const { owner, status, limit, after } = input;
  const { Items = [], LastEvaluatedKey } = await client.send(
    new QueryCommand({
      TableName: tableName,
      IndexName: OWNER_INDEX,
      ScanIndexForward: false,
      Limit: status === undefined ? limit + 1 : FILTERED_KEYS_PER_QUERY,
      KeyConditionExpression: '#owner = :owner',
      ExpressionAttributeNames: {
        '#owner': 'owner',
        ...(status === undefined ? {} : { '#status': 'status' }),
      },
      ExpressionAttributeValues: {
        ':owner': { S: owner },
        ...(status === undefined ? {} : { ':status': { S: status } }),
      },
      ...(status === undefined ? {} : { FilterExpression: '#status = :status' }),
      ...(after === null
        ? {}
        : {
            ExclusiveStartKey: {
              owner: { S: owner },
              created_at: { S: after.createdAt },
              job_id: { S: after.jobId },
            },
          }),
    }),
  );
  return {
    positions: Items.flatMap((item) => positionOf(item) ?? []),
    next: LastEvaluatedKey === undefined ? null : positionOf(LastEvaluatedKey),
  };
}

function positionOf(key: Record<string, AttributeValue>): ListPosition | null {
  const createdAt = key['created_at']?.S;
  const jobId = key['job_id']?.S;
  return createdAt === undefined || jobId === undefined ? null : { createdAt, jobId };
}
