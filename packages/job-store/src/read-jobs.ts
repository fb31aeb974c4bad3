import { BatchGetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type * as z from 'zod';
import type { JobTable } from './job-table.ts';
import { readItem } from './read-record.ts';

type JobKey = Record<'job_id', AttributeValue>;

const MAX_KEYS_PER_REQUEST = 100;
const MAX_ROUNDS = 8;
const FIRST_WAIT_MS = 50;

export interface JobsRead<Job> {
  jobs: Job[];
  /** Ids of records that are not as this version expects them; one such must not hide all others. */
  unreadable: string[];
}

/** Reads the attributes that the schema names, of the jobs as the last write left them, in the order of the ids. */
export async function readJobs<Schema extends z.ZodObject>(
  table: JobTable,
  schema: Schema,
  jobIds: readonly string[],
): Promise<JobsRead<z.infer<Schema>>> {
  const items = new Map<string, Record<string, AttributeValue>>();
  for (let start = 0; start < jobIds.length; start += MAX_KEYS_PER_REQUEST) {
    const keys = jobIds.slice(start, start + MAX_KEYS_PER_REQUEST).map((id) => ({ job_id: { S: id } }));
    for (const item of await getBatch(table, Object.keys(schema.shape), keys)) {
      items.set(item['job_id']?.S ?? '', item);
    }
  }
  const read: JobsRead<z.infer<Schema>> = { jobs: [], unreadable: [] };
  for (const jobId of jobIds) {
    const item = items.get(jobId);
    if (item === undefined) continue;
    try {
      read.jobs.push(readItem(schema, item));
    } catch (error) {
      if (!(error instanceof ReplicatorError)) throw error;
      read.unreadable.push(jobId);
    }
  }
  return read;
}

/** One batch; what DynamoDB leaves unprocessed (16 MB, throughput) is asked for again, at growing intervals. */
async function getBatch(
  { client, tableName }: JobTable,
  attributes: string[],
  keys: JobKey[],
): Promise<Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  const names = Object.fromEntries(attributes.map((attribute) => [`#${attribute}`, attribute]));
  let remaining: Record<string, AttributeValue>[] = keys;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answer = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [tableName]: {
            Keys: remaining,
            ConsistentRead: true,
            ProjectionExpression: Object.keys(names).join(', '),
            ExpressionAttributeNames: names,
          },
        },
      }),
    );
    items.push(...(answer.Responses?.[tableName] ?? []));
    remaining = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
    if (remaining.length === 0) return items;
    await sleep(FIRST_WAIT_MS * 2 ** round);
  }
  throw new ReplicatorError(
    'internal',
    `${remaining.length} jobs could not be read: the table ${tableName} is throttled.`,
  );
}
