/**
 * One move of one job as one conditional write. The condition names the states that the event may leave (from the
 * table of the state machine), the attempt that the caller has in mind and, for a worker's moves, the worker.
 */
import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { conditionalUpdate, type Changes, type Condition } from './conditional-update.ts';
import { expiryOf, type JobRecord } from './job-record.ts';
import { stateReachedBy, statesLeftBy, type JobEvent } from './job-state-machine.ts';
import type { JobTable } from './job-table.ts';
import { readRecord } from './read-record.ts';

/** A refused move is an answer, not an error: somebody else moved first. `job` is what is there instead. */
export type MoveOutcome = { moved: true; job: JobRecord } | { moved: false; job: JobRecord | null };

/** What a worker holds between claim and end. */
export interface Lease {
  jobId: string;
  attempt: number;
  workerId: string;
}

export interface Move extends Changes {
  event: JobEvent;
  jobId: string;
  now: Date;
  conditions?: readonly Condition[];
}

export async function moveJob({ client, tableName }: JobTable, move: Move): Promise<MoveOutcome> {
  const reached = stateReachedBy(move.event);
  const changes: Changes = {
    ...move,
    set: { ...move.set, ...(reached === null ? {} : { status: reached }), ttl: expiryOf(move.now) },
  };
  const conditions: Condition[] = [
    { attribute: 'status', oneOf: statesLeftBy(move.event) },
    ...(move.conditions ?? []),
  ];
  try {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { job_id: { S: move.jobId } },
        ...conditionalUpdate(changes, conditions),
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return { moved: true, job: readRecord(Attributes ?? {}) };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return { moved: false, job: error.Item === undefined ? null : readRecord(error.Item) };
  }
}

/**
 * A worker's move. The client repeats a request whose answer was lost, and then finds the condition broken by its
 * own first try: a record that is already where the move leads, by this very lease, counts as moved.
 */
export async function moveLeasedJob(
  table: JobTable,
  lease: Lease,
  move: Omit<Move, 'jobId'>,
): Promise<MoveOutcome> {
  const outcome = await moveJob(table, {
    ...move,
    jobId: lease.jobId,
    conditions: [
      ...(move.conditions ?? []),
      { attribute: 'attempt', equals: lease.attempt },
      { attribute: 'worker_id', equals: lease.workerId },
    ],
  });
  return acceptOwnMove(outcome, lease, move.event);
}

/** See `moveLeasedJob`; the claim, which takes the lease, needs it too. */
export function acceptOwnMove(outcome: MoveOutcome, lease: Lease, event: JobEvent): MoveOutcome {
  const { moved, job } = outcome;
  if (moved || job === null) return outcome;
  const isOwn =
    job.status === stateReachedBy(event) && job.attempt === lease.attempt && job.worker_id === lease.workerId;
  return isOwn ? { moved: true, job } : outcome;
}
