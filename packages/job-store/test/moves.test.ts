/** Every state × every event, on the emulator: what the table of the state machine says is what the writes do. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ReplicatorError, type JobState } from '@seren-replicator/job-models';
import {
  cancelJob,
  claimJob,
  completeJob,
  failJob,
  getJob,
  giveBackJob,
  giveUpJob,
  recordHeartbeat,
  requestCancel,
  requestMachine,
  returnJob,
  type JobRecord,
  type JobTable,
  type MoveOutcome,
} from '../src/index.ts';
import { transitions, type JobEvent } from '../src/job-state-machine.ts';
import { startJobTable } from './support/job-table.ts';
import { jobIn, later, LEASE_MS, leaseOf } from './support/jobs.ts';

let table: JobTable;
let stop: () => Promise<void>;
beforeAll(async () => ({ table, stop } = await startJobTable()));
afterAll(() => stop());

const now = later(1_000);
const failure = new ReplicatorError('copy_failed', 'The copy failed.');

const moves: Record<JobEvent, (job: JobRecord) => Promise<MoveOutcome>> = {
  request_machine: (job) => requestMachine(table, { jobId: job.job_id, attempt: 1, now }),
  // Another worker than the one that may have been there: the same one would find its own claim.
  claim: (job) => claimJob(table, { ...leaseOf(job, 'worker-2'), now, leaseMs: LEASE_MS }),
  heartbeat: (job) => recordHeartbeat(table, leaseOf(job), { now, leaseMs: LEASE_MS }),
  complete: (job) => completeJob(table, leaseOf(job), { now, result: { command: 'validate', checks: [] } }),
  fail: (job) => failJob(table, leaseOf(job), { now, failure }),
  give_back: (job) => giveBackJob(table, leaseOf(job), { now }),
  lose_worker: async ({ job_id: jobId }) => {
    const isClaimed = (await getJob(table, { jobId }))?.worker_id !== undefined;
    const because = isClaimed ? 'lease_expired' : 'never_claimed';
    return returnJob(table, { jobId, attempt: 1, now: later(LEASE_MS), because });
  },
  give_up: (job) => giveUpJob(table, { jobId: job.job_id, attempt: 1, now, failure }),
  request_cancel: (job) => requestCancel(table, { jobId: job.job_id, owner: job.owner, now }),
  cancel: async (job) => {
    await requestCancel(table, { jobId: job.job_id, owner: job.owner, now });
    return cancelJob(table, { jobId: job.job_id, attempt: 1, now });
  },
};

const everyCase = Object.entries(transitions).flatMap(([state, events]) =>
  Object.entries(events).map(([event, next]) => ({
    state: state as JobState,
    event: event as JobEvent,
    next,
  })),
);

describe('a move', () => {
  test.each(everyCase)('$state, $event: $next', async ({ state, event, next }) => {
    const created = await jobIn(state, table);
    const jobId = created.job_id;
    const before = await getJob(table, { jobId });
    // A worker that completed finds its own completion: see the test of repeated requests.
    const isRepeat = state === 'completed' && event === 'complete';

    const outcome = await moves[event](created);

    expect(outcome.moved).toBe(next !== null || isRepeat);
    expect(outcome.job?.status).toBe(next ?? state);
    const after = await getJob(table, { jobId });
    if (next === null) expect(after).toEqual(before);
    else expect(after).toEqual(outcome.job);
  });

  test.each(Object.keys(moves) as JobEvent[])('%s of a job that does not exist is refused', async (event) => {
    const job = await jobIn('running', table);
    const outcome = await moves[event]({ ...job, job_id: 'nobody' });
    expect(outcome).toEqual({ moved: false, job: null });
    expect(await getJob(table, { jobId: 'nobody' })).toBeNull();
  });

  test('puts the expiry of the record off', async () => {
    const { job_id: jobId } = await jobIn('running', table);
    const before = await getJob(table, { jobId });
    const day = 86_400;
    const { job } = await requestCancel(table, { jobId, owner: 'alice', now: later(day * 1_000) });
    expect(job?.ttl).toBe((before?.ttl ?? 0) + day);
  });
});
