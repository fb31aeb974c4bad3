/**
 * How many jobs of an owner are unfinished, counted without a counter: an item of the same table holds their ids. A
 * place is taken before the job is written, in one conditional write, so that any number of submissions at once get no
 * more places than there are, and a table that cannot be asked gives none. Places are given back by looking at the
 * jobs when there is none left: nobody who ends a job has to remember it, and no count can drift.
 */
import {
  ConditionalCheckFailedException,
  UpdateItemCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { isFinalState } from '@seren-replicator/job-models';
import { jobRecordSchema } from './job-record.ts';
import type { JobTable } from './job-table.ts';
import { readJobs } from './read-jobs.ts';

/** Longer than any request lasts: a place without a job is one whose request died between the two. */
const UNUSED_PLACE_MS = 120_000;
const MAX_REMOVED_AT_ONCE = 100;

const stateSchema = jobRecordSchema.pick({ job_id: true, status: true });

/** Job ids are UUIDs, so that no job can have this one. */
function keyOf(owner: string): { job_id: { S: string } } {
  return { job_id: { S: `open-jobs:${owner}` } };
}

/**
 * Takes a place for a job, or finds that it has one.
 *
 * @returns false when the owner has `maxJobs` unfinished jobs
 */
export async function reservePlace(
  table: JobTable,
  place: { owner: string; jobId: string; maxJobs: number; now: Date },
): Promise<boolean> {
  const places = await takePlace(table, place);
  if (places === null) return true;
  const unused = await findUnused(table, places, place.now);
  if (unused.length === 0) return false;
  await releasePlaces(table, place.owner, unused);
  return (await takePlace(table, place)) === null;
}

type Places = ReadonlyMap<string, string>;

/** Null when the place is taken; otherwise those that others have: job id and when it was taken. */
async function takePlace(
  { client, tableName }: JobTable,
  { owner, jobId, maxJobs, now }: { owner: string; jobId: string; maxJobs: number; now: Date },
): Promise<Places | null> {
  const Key = keyOf(owner);
  const names = { '#open_jobs': 'open_jobs' };
  const create = new UpdateItemCommand({
    TableName: tableName,
    Key,
    UpdateExpression: 'SET #open_jobs = if_not_exists(#open_jobs, :none)',
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: { ':none': { M: {} } },
  });
  const take = new UpdateItemCommand({
    TableName: tableName,
    Key,
    UpdateExpression: 'SET #open_jobs.#job = :now',
    ConditionExpression: 'attribute_exists(#open_jobs.#job) OR size(#open_jobs) < :max',
    ExpressionAttributeNames: { ...names, '#job': jobId },
    ExpressionAttributeValues: { ':now': { S: now.toISOString() }, ':max': { N: String(maxJobs) } },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await client.send(take);
    return null;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    if (error.Item !== undefined) return placesIn(error.Item);
  }
  // The owner's first job: there is nothing yet to take a place in.
  await client.send(create);
  return takePlace({ client, tableName }, { owner, jobId, maxJobs, now });
}

function placesIn(item: Record<string, AttributeValue>): Places {
  return new Map(
    Object.entries(item['open_jobs']?.M ?? {}).map(([jobId, takenAt]) => [jobId, takenAt.S ?? '']),
  );
}

async function findUnused(table: JobTable, places: Places, now: Date): Promise<string[]> {
  const { jobs, unreadable } = await readJobs(table, stateSchema, [...places.keys()]);
  const known = new Map(jobs.map((job) => [job.job_id, job.status]));
  const isUnused = (jobId: string, takenAt: string): boolean => {
    const status = known.get(jobId);
    if (status !== undefined) return isFinalState(status);
    return !unreadable.includes(jobId) && Date.parse(takenAt) + UNUSED_PLACE_MS <= now.getTime();
  };
  return [...places].filter(([jobId, takenAt]) => isUnused(jobId, takenAt)).map(([jobId]) => jobId);
}

/** Gives back places of jobs that have ended; giving one back twice does no harm. */
async function releasePlaces(
  { client, tableName }: JobTable,
  owner: string,
  jobIds: readonly string[],
): Promise<void> {
  const removed = jobIds.slice(0, MAX_REMOVED_AT_ONCE);
  const names = Object.fromEntries(removed.map((jobId, index) => [`#job${index}`, jobId]));
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: keyOf(owner),
      UpdateExpression: `REMOVE ${Object.keys(names)
        .map((name) => `#open_jobs.${name}`)
        .join(', ')}`,
      ExpressionAttributeNames: { '#open_jobs': 'open_jobs', ...names },
    }),
  );
}
