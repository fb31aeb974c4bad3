/** What the simulation rests on: the table in memory answers each move of the job store as the emulator does. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ReplicatorError, storableSpecificationSchema } from '@seren-replicator/job-models';
import {
  cancelJob,
  claimJob,
  completeJob,
  confirmCancel,
  createJob,
  failJob,
  getJob,
  giveBackJob,
  giveUpJob,
  listJobsByStatus,
  recordHeartbeat,
  requestCancel,
  requestMachine,
  returnJob,
  type JobTable,
} from '@seren-replicator/job-store';
import { startJobTable } from '../support/job-table.ts';
import { memoryJobTable } from './memory-client.ts';
import { MemoryTable } from './memory-table.ts';
import { Random } from './random.ts';

const MOVES = 600;
const LEASE_MS = 30_000;
const START = Date.UTC(2026, 0, 1);

let table: JobTable;
let stop: () => Promise<void>;
beforeAll(async () => ({ table, stop } = await startJobTable()));
afterAll(() => stop());

const specification = storableSpecificationSchema.parse({ schema_version: '1.0', command: 'validate' });
const failure = new ReplicatorError('copy_failed', 'The copy failed.');
const result = { command: 'validate' as const, checks: [] };

/** Some move of some job, with arguments that are often wrong; the same one on both tables. */
function chooseMove(random: Random, now: Date): (table: JobTable) => Promise<unknown> {
  const jobId = `job-${random.between(1, 6)}`;
  const attempt = random.between(1, 2);
  const lease = { jobId, attempt, workerId: `worker-${random.between(1, 2)}` };
  const at = { jobId, attempt, now };
  const owner = random.pick(['alice', 'bob']);
  const because = random.pick(['lease_expired', 'never_claimed'] as const);
  const urls = { source: 's', target: 't', sealed_source_url: 's', sealed_target_url: 't' };
  return random.pick<(table: JobTable) => Promise<unknown>>([
    (to) => createJob(to, { job_id: jobId, owner: 'alice', ...urls, specification, now }),
    (to) => requestMachine(to, at),
    (to) => claimJob(to, { ...lease, now, leaseMs: LEASE_MS }),
    (to) => claimJob(to, { ...lease, now, leaseMs: LEASE_MS }),
    (to) => recordHeartbeat(to, lease, { now, leaseMs: LEASE_MS }),
    (to) => completeJob(to, lease, { now, result }),
    (to) => failJob(to, lease, { now, failure }),
    (to) => giveBackJob(to, lease, { now }),
    (to) => returnJob(to, { ...at, because }),
    (to) => giveUpJob(to, { ...at, failure, because }),
    (to) => requestCancel(to, { jobId, owner, now }),
    (to) => cancelJob(to, at),
    (to) => confirmCancel(to, lease, { now }),
    (to) => getJob(to, { jobId }),
    async (to) => {
      const { jobs } = await listJobsByStatus(to, { status: 'running' });
      return jobs.toSorted((one, other) => one.job_id.localeCompare(other.job_id));
    },
  ]);
}

test('the table in memory answers as the emulator does', async () => {
  const random = new Random(7);
  const memory = new MemoryTable();
  const inMemory = memoryJobTable(async (command) => memory.send(command));
  let moved = 0;
  for (let count = 0; count < MOVES; count += 1) {
    // Mostly forwards; late messages come from before.
    const now = new Date(START + count * 1_000 - random.pick([0, 0, 45_000]));
    const move = chooseMove(random, now);
    const expected = await move(table);
    expect(await move(inMemory)).toEqual(expected);
    if (typeof expected === 'object' && expected !== null && 'moved' in expected && expected.moved === true) {
      moved += 1;
    }
  }
  expect(moved).toBeGreaterThan(20);
});
