import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { ReplicatorError } from '@seren-replicator/job-models';
import type * as z from 'zod';
import { jobRecordSchema, type JobRecord } from './job-record.ts';

/** @throws ReplicatorError `internal` for an item that is not a job record; the message names the attributes. */
export function readRecord(item: Record<string, AttributeValue>): JobRecord {
  return readItem(jobRecordSchema, item);
}

export function readItem<Schema extends z.ZodType>(
  schema: Schema,
  item: Record<string, AttributeValue>,
): z.infer<Schema> {
  const parsed = schema.safeParse(unmarshall(item));
  if (parsed.success) return parsed.data;
  const attributes = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))].join(', ');
  throw new ReplicatorError(
    'internal',
    `The record of job ${item['job_id']?.S ?? 'without an id'} cannot be read: ${attributes}.`,
  );
}
