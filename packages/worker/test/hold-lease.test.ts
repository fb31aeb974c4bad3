/** What a worker writes while it holds a job, on a real table. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { JobProgress } from '@seren-replicator/job-models';
import { claimJob, type Lease } from '@seren-replicator/job-store';
import { pino } from 'pino';
import { holdLease, type HeldLease } from '../src/hold-lease.ts';
import { Stop } from '../src/stop.ts';
import { Service } from './support/service.ts';
import { until } from './support/until.ts';

const HEARTBEAT_MS = 600;
const LEASE_MS = 60_000;

let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service.stop());

const copying: JobProgress = {
  phase: 'copy',
  current_database: 'db',
  databases_completed: 0,
  databases_total: 1,
  tables_completed: 0,
  tables_total: 1,
  rows_copied: 1,
  bytes_copied: 1,
  bytes_total: 2,
  eta_seconds: null,
  active: [],
};
const following = { ...copying, phase: 'sync', sync: { transactions: 1, rows: 2, lag_bytes: 3 } };

async function hold(use: (held: HeldLease, lease: Lease) => Promise<void>): Promise<void> {
  const jobId = await service.submit('postgresql://nobody@localhost/db');
  const lease: Lease = { jobId, attempt: 1, workerId: 'w' };
  await claimJob(service.table, { ...lease, now: new Date(), leaseMs: LEASE_MS });
  const held = holdLease(
    { table: service.table, log: pino({ level: 'silent' }), now: () => new Date() },
    {
      lease,
      claimedAtMs: performance.now(),
      times: {
        leaseMs: LEASE_MS,
        heartbeatMs: HEARTBEAT_MS,
        progressMs: 10,
        stopDeadlineMs: 1,
        noticeMs: 1,
      },
      stop: new Stop(),
    },
  );
  try {
    await use(held, lease);
  } finally {
    await held.release();
  }
}

const untilPhase = (jobId: string, phase: string): Promise<true> =>
  until(`progress of the phase ${phase}`, async () => (await service.job(jobId)).progress?.phase === phase);

describe('progress', () => {
  test('of a copy is written at once, that of following with the next heartbeat', async () => {
    await hold(async (held, { jobId }) => {
      held.reportProgress(copying);
      await untilPhase(jobId, 'copy');
      const lease = (await service.job(jobId)).lease_expires_at ?? '';
      held.reportProgress(following);
      await untilPhase(jobId, 'sync');
      const next = (await service.job(jobId)).lease_expires_at ?? '';
      expect(Date.parse(next) - Date.parse(lease)).toBeGreaterThanOrEqual(HEARTBEAT_MS - 10);
    });
  });
});
