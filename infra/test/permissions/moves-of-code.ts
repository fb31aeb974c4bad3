/**
 * Every write of the job store as the code makes it: the attributes that it names and the key, which policies are
 * decided on. The client is one that takes the request and refuses it.
 */
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { ReplicatorError, type JobResult } from '@seren-replicator/job-models';
import * as jobStore from '@seren-replicator/job-store';

export interface Write {
  attributes: string[];
  key: string;
}

interface UpdateInput {
  Key?: { job_id: { S: string } };
  ExpressionAttributeNames?: Record<string, string>;
  UpdateExpression?: string;
  ConditionExpression?: string;
}

const now = new Date('2026-11-20T12:00:00Z');
const job = { jobId: '3b241101-e2bb-4255-8caf-4136c566a962', attempt: 1, now };
const lease = { jobId: job.jobId, attempt: 1, workerId: 'machine/1/a' };
const failure = new ReplicatorError('internal', 'An error.');
const progress = { phase: 'copy' } as never;
const result = { command: 'verify' } as unknown as JobResult;

type Move = (table: jobStore.JobTable) => Promise<unknown>;

/** By the function's name in the job store; several where the arguments change what is written. */
export const moves: Readonly<Record<string, readonly Move[]>> = {
  claimJob: [(table) => jobStore.claimJob(table, { ...lease, now, leaseMs: 1 })],
  recordHeartbeat: [(table) => jobStore.recordHeartbeat(table, lease, { now, leaseMs: 1, progress })],
  completeJob: [(table) => jobStore.completeJob(table, lease, { now, result, progress })],
  failJob: [(table) => jobStore.failJob(table, lease, { now, failure, result, progress })],
  confirmCancel: [(table) => jobStore.confirmCancel(table, lease, { now, progress })],
  giveBackJob: [(table) => jobStore.giveBackJob(table, lease, { now })],
  requestCancel: [(table) => jobStore.requestCancel(table, { ...job, owner: 'acme' })],
  reservePlace: [
    (table) => jobStore.reservePlace(table, { owner: 'acme', jobId: job.jobId, maxJobs: 1, now }),
  ],
  requestMachine: [(table) => jobStore.requestMachine(table, job)],
  cancelJob: [(table) => jobStore.cancelJob(table, job)],
  returnJob: (['lease_expired', 'never_claimed'] as const).map(
    (because) => (table) => jobStore.returnJob(table, { ...job, because, countsAnew: true }),
  ),
  giveUpJob: (['lease_expired', 'never_claimed'] as const).map(
    (because) => (table) => jobStore.giveUpJob(table, { ...job, failure, because }),
  ),
};

/** The updates that a move sends, until the first that it does not survive. */
export async function writesOf(move: Move): Promise<Write[]> {
  const writes: Write[] = [];
  const client = {
    send: async ({ input }: { input: UpdateInput }): Promise<never> => {
      writes.push({ attributes: attributesOf(input), key: input.Key?.job_id.S ?? '' });
      throw new ConditionalCheckFailedException({ message: '', $metadata: {} });
    },
  };
  await move({ client: client as never, tableName: 'table' }).catch(() => undefined);
  return writes;
}

/** Top-level attributes: of `#open_jobs.#job` the first. */
function attributesOf({ Key, ExpressionAttributeNames: names = {}, ...input }: UpdateInput): string[] {
  const expressions = `${input.UpdateExpression ?? ''} ${input.ConditionExpression ?? ''}`;
  const used = [...expressions.matchAll(/(?<!\.)#\w+/g)].map(
    ([placeholder]) => names[placeholder] ?? placeholder,
  );
  return [...new Set([...Object.keys(Key ?? {}), ...used])];
}
