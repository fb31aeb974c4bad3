/** The worker as a process, on a real table; its jobs run against hosts that refuse or that never answer. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { claimJob, requestCancel, returnJob } from '@seren-replicator/job-store';
import { findFreePort, startSilentServer, type SilentServer } from '@seren-replicator/local-servers';
import { chmod, copyFile } from 'node:fs/promises';
import { Service } from './support/service.ts';
import { startWorker } from './support/start-worker.ts';
import { until } from './support/until.ts';

let service: Service;
let silent: SilentServer;
let unreachableUrl: string;
beforeAll(async () => {
  service = await Service.start();
  silent = await startSilentServer();
  unreachableUrl = `postgresql://me:pw@127.0.0.1:${await findFreePort()}/db`;
});
afterAll(async () => {
  await service.stop();
  await silent.stop();
});

const succeeded = { code: 0, signal: null };

describe('a worker', () => {
  test('records why its job failed, and exits with 0', async () => {
    const jobId = await service.submit(unreachableUrl);
    const worker = service.work(jobId);
    expect(await worker.exit).toEqual(succeeded);
    expect(await service.job(jobId)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error_code: 'host_unreachable',
      started_at: expect.any(String),
      completed_at: expect.any(String),
    });
  });

  test('logs JSON lines with job and attempt', async () => {
    const jobId = await service.submit(unreachableUrl);
    const worker = service.work(jobId);
    await worker.exit;
    const lines = worker.output().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(
      lines.map(() => expect.objectContaining({ jobId, attempt: 1, time: expect.any(String) })),
    );
  });

  test('leaves a job alone that another worker has', async () => {
    const jobId = await service.submit(silent.url);
    await claimJob(service.table, {
      jobId,
      attempt: 1,
      workerId: 'other',
      now: new Date(),
      leaseMs: 60_000,
    });
    const before = await service.job(jobId);
    const worker = service.work(jobId);
    expect(await worker.exit).toEqual(succeeded);
    expect(worker.output()).toContain('claim refused');
    expect(await service.job(jobId)).toEqual(before);
  });

  test('of ten for one attempt runs the job alone', async () => {
    const jobId = await service.submit(unreachableUrl);
    const workers = Array.from({ length: 10 }, () => service.work(jobId));
    expect(await Promise.all(workers.map((worker) => worker.exit))).toEqual(workers.map(() => succeeded));
    expect(workers.filter((worker) => worker.output().includes('job claimed'))).toHaveLength(1);
    expect((await service.job(jobId)).status).toBe('failed');
  });

  test('prolongs its lease while the job runs', async () => {
    const jobId = await service.submit(silent.url);
    service.work(jobId);
    const { lease_expires_at: first = '' } = await service.jobIn('running', jobId);
    await until('a later lease', async () => ((await service.job(jobId)).lease_expires_at ?? '') > first);
  });

  test('refuses a job whose seal is broken', async () => {
    const jobId = await service.submit(unreachableUrl);
    const other = await Service.start();
    try {
      const worker = service.work(jobId, { SEREN_SEAL_KEY_FILE: other.sealKeyFile });
      expect(await worker.exit).toEqual(succeeded);
    } finally {
      await other.stop();
    }
    expect(await service.job(jobId)).toMatchObject({ status: 'failed', error_code: 'seal_broken' });
  });
});

test('a worker fails a job that a newer service accepted, and names what it does not know', async () => {
  const jobId = await service.submit(unreachableUrl, { teleport: true });
  expect(await service.work(jobId).exit).toEqual(succeeded);
  expect(await service.job(jobId)).toMatchObject({
    status: 'failed',
    error_code: 'not_supported',
    error: expect.stringContaining('teleport'),
  });
});

describe('a worker that is stopped', () => {
  test('by a cancel confirms it', async () => {
    const jobId = await service.submit(silent.url);
    const worker = service.work(jobId);
    await service.jobIn('running', jobId);
    await requestCancel(service.table, { jobId, owner: 'alice', now: new Date() });
    expect(await worker.exit).toEqual(succeeded);
    expect(await service.job(jobId)).toMatchObject({
      status: 'cancelled',
      completed_at: expect.any(String),
      error_code: 'cancelled',
      error: 'The run was cancelled; start it again with the same arguments.',
    });
  });

  test.each<[string, (worker: ReturnType<Service['work']>) => void, Record<string, string>]>([
    ['SIGTERM', (worker) => worker.kill('SIGTERM'), {}],
    ['the end of its standard input', (worker) => worker.closeStdin(), { SEREN_STOP_WITH: 'stdin' }],
  ])('by %s gives the job back for the next attempt', async (_, end, environment) => {
    const jobId = await service.submit(silent.url);
    const worker = service.work(jobId, environment);
    await service.jobIn('running', jobId);
    end(worker);
    expect(await worker.exit).toEqual(succeeded);
    const job = await service.job(jobId);
    expect(job).toMatchObject({ status: 'provisioning', attempt: 2, lost_attempts: 0 });
    expect(job).not.toHaveProperty('worker_id');
  });

  test('gives the job back also when the work does not stop in time', async () => {
    // Without sslmode=disable the server is first asked whether it speaks TLS, and a silent one does not say.
    const jobId = await service.submit(silent.url.replace('sslmode=disable&', ''));
    const worker = service.work(jobId, { SEREN_STOP_DEADLINE_MS: '200' });
    await service.jobIn('running', jobId);
    worker.kill('SIGTERM');
    expect(await worker.exit).toEqual(succeeded);
    expect(await service.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 2 });
  });

  test('does not mind the end of its standard input unless it was told to', async () => {
    const jobId = await service.submit(silent.url);
    const worker = service.work(jobId);
    worker.closeStdin();
    const { lease_expires_at: first = '' } = await service.jobIn('running', jobId);
    await until('a later lease', async () => ((await service.job(jobId)).lease_expires_at ?? '') > first);
    worker.kill('SIGKILL');
  });
});

describe('a worker that loses its lease', () => {
  test('to another one stops, and writes nothing', async () => {
    const jobId = await service.submit(silent.url);
    const worker = service.work(jobId);
    await service.jobIn('running', jobId);
    await returnJob(service.table, {
      jobId,
      attempt: 1,
      now: new Date(Date.now() + 3_600_000),
      because: 'lease_expired',
    });
    const next = { jobId, attempt: 2, workerId: 'next', now: new Date(), leaseMs: 60_000 };
    await claimJob(service.table, next);
    const before = await service.job(jobId);
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    expect(await service.job(jobId)).toEqual(before);
  });

  test('because the table is gone stops within the time of a lease', async () => {
    const own = await Service.start();
    try {
      const jobId = await own.submit(silent.url);
      const worker = own.work(jobId);
      await own.jobIn('running', jobId);
      await own.emulator.kill();
      expect(await worker.exit).toEqual({ code: 1, signal: null });
      expect(worker.output()).toContain('"stopReason":"lease_lost"');
    } finally {
      await own.stop();
    }
  });

  test('because it was frozen finds the next one at work', async () => {
    const jobId = await service.submit(silent.url);
    const worker = service.work(jobId);
    await service.jobIn('running', jobId);
    worker.kill('SIGSTOP');
    await until('the lease to expire', async () => {
      const now = new Date();
      return (await returnJob(service.table, { jobId, attempt: 1, now, because: 'lease_expired' })).moved;
    });
    worker.kill('SIGCONT');
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    expect(await service.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 2 });
  });
});

describe('the environment', () => {
  test('is refused with every variable that is wrong, and none of their values', async () => {
    const worker = startWorker({ SEREN_JOB_ATTEMPT: 'hunter2', SEREN_LEASE_MS: '-1' });
    expect(await worker.exit).toEqual({ code: 2, signal: null });
    for (const name of ['JOB_ID', 'JOB_ATTEMPT', 'JOB_TABLE', 'SEAL_KEY_FILE', 'LEASE_MS']) {
      expect(worker.output()).toContain(`SEREN_${name}`);
    }
    expect(worker.output()).not.toContain('hunter2');
  });

  test('with a key file that others can read is refused before the job is claimed', async () => {
    const openKey = `${service.sealKeyFile}.open`;
    await copyFile(service.sealKeyFile, openKey);
    await chmod(openKey, 0o644);
    const jobId = await service.submit(unreachableUrl);
    const worker = service.work(jobId, { SEREN_SEAL_KEY_FILE: openKey });
    expect(await worker.exit).toEqual({ code: 1, signal: null });
    expect((await service.job(jobId)).status).toBe('provisioning');
  });
});
