/** The worker as it runs on a machine of its own: what it is for, and its credentials, it has from the machine. */
import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  startAwsEndpoints,
  startInstanceMetadata,
  type AwsEndpoints,
  type InstanceMetadata,
} from '@seren-replicator/aws-endpoints';
import { findFreePort, startSilentServer, type SilentServer } from '@seren-replicator/local-servers';
import { kmsSealer } from '@seren-replicator/sealing';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from './support/service.ts';
import type { WorkerProcess } from './support/start-worker.ts';
import { until } from './support/until.ts';

const KEY = 'alias/seren-replication-system-data';
const GROUP = '/seren-replication/worker';

let service: Service;
let silent: SilentServer;
let aws: AwsEndpoints;
let directory: string;
const machines: InstanceMetadata[] = [];
beforeAll(async () => {
  service = await Service.start();
  silent = await startSilentServer();
  aws = await startAwsEndpoints();
  aws.kms.createKey(KEY);
  aws.logs.createGroup(GROUP);
  directory = await mkdtemp(join(tmpdir(), 'seren-instance-test-'));
});
afterEach(async () => {
  aws.faults.clear();
  for (const machine of machines.splice(0)) await machine.stop();
});
afterAll(async () => {
  await service.stop();
  await silent.stop();
  await aws.stop();
  await rm(directory, { recursive: true });
});

async function submit(url: string): Promise<string> {
  const credentials = aws.principals.create(['kms:Encrypt']);
  const client = new KMSClient({ endpoint: aws.url, region: aws.region, credentials });
  return service.submit(url, {}, kmsSealer({ client, keyId: KEY }));
}

/** A machine for a job, and the worker on it, which is given nothing but where the local endpoints are. */
async function startMachine(
  jobId: string,
  environment: Record<string, string> = {},
): Promise<{ machine: InstanceMetadata; worker: WorkerProcess }> {
  const role = ['kms:Decrypt', 'logs:CreateLogStream', 'logs:PutLogEvents'];
  const machine = await startInstanceMetadata({
    tags: { JobId: jobId, Attempt: '1' },
    credentials: aws.principals.create(role, { isTemporary: true }),
    userData: [
      '#!/bin/sh',
      `SEREN_JOB_TABLE=${service.table.tableName}`,
      `SEREN_DATA_KEY=${KEY}`,
      `SEREN_WORKER_LOG_GROUP=${GROUP}`,
      'SEREN_HEARTBEAT_MS=100',
      'PATH=/nowhere',
    ].join('\n'),
  });
  machines.push(machine);
  const worker = service.work(jobId, {
    PATH: process.env['PATH'],
    SEREN_JOB_ID: undefined,
    SEREN_JOB_ATTEMPT: undefined,
    SEREN_JOB_TABLE: undefined,
    SEREN_SEAL_KEY_FILE: undefined,
    SEREN_HEARTBEAT_MS: undefined,
    AWS_REGION: undefined,
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    SEREN_METADATA: 'ec2',
    SEREN_NOTICE_MS: '100',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: machine.url,
    AWS_ENDPOINT_URL: aws.url,
    ...environment,
  });
  return { machine, worker };
}

const hopelessUrl = async (): Promise<string> => `postgresql://me:pw@127.0.0.1:${await findFreePort()}/db`;
const messagesOf = (jobId: string): string[] =>
  aws.logs.events(GROUP, `${jobId}/1`).map(({ message }) => (JSON.parse(message) as { msg: string }).msg);

describe('a worker on a machine of its own', () => {
  test('finds its job by tags, opens its URLs with KMS, ships its log, and ends the machine', async () => {
    const jobId = await submit(await hopelessUrl());
    const ended = join(directory, jobId);
    const { worker } = await startMachine(jobId, { SEREN_SHUTDOWN_COMMAND: `touch  ${ended}` });
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    expect(await service.job(jobId)).toMatchObject({ status: 'failed', error_code: 'host_unreachable' });
    expect(messagesOf(jobId)).toEqual(expect.arrayContaining(['job claimed', 'job ended']));
    expect(aws.logs.events(GROUP, `${jobId}/1`).map(({ message }) => message)).toEqual(
      worker.output().trimEnd().split('\n'),
    );
    await readFile(ended);
  });

  test('tells AWS nothing of a password, in whatever form', async () => {
    const core = randomBytes(8).toString('hex');
    const password = `p%25"'ü/@:${core}`;
    const port = await findFreePort();
    const jobId = await submit(`postgresql://me:${encodeURIComponent(password)}@127.0.0.1:${port}/db`);
    const { worker } = await startMachine(jobId, { SEREN_LOG_LEVEL: 'debug' });
    await worker.exit;
    const said = [aws.calls, aws.logs.events(GROUP, `${jobId}/1`), await service.job(jobId), worker.output()];
    const text = said.map((part) => JSON.stringify(part)).join('');
    expect(text).toContain('host_unreachable');
    for (const form of [
      core,
      Buffer.from(password).toString('base64'),
      Buffer.from(password).toString('hex'),
    ]) {
      expect(text).not.toContain(form);
    }
  });

  test('gives the job back when the machine is about to be taken', async () => {
    const jobId = await submit(silent.url);
    const { machine, worker } = await startMachine(jobId);
    await service.jobIn('running', jobId);
    machine.interruptSpot(new Date(Date.now() + 120_000));
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    expect(await service.job(jobId)).toMatchObject({ status: 'provisioning', attempt: 2, lost_attempts: 0 });
    expect(messagesOf(jobId)).toContain('the machine will be taken back');
  });

  test('without a metadata service says so, claims nothing, and ends the machine all the same', async () => {
    const jobId = await submit(silent.url);
    const ended = join(directory, jobId);
    const { worker } = await startMachine(jobId, {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${await findFreePort()}`,
      SEREN_SHUTDOWN_COMMAND: `touch ${ended}`,
    });
    expect(await worker.exit).toEqual({ code: 2, signal: null });
    expect(worker.output()).toContain('metadata service');
    expect((await service.job(jobId)).status).toBe('provisioning');
    await readFile(ended);
  });

  test('waits out trouble of KMS', async () => {
    const jobId = await submit(await hopelessUrl());
    aws.faults.add({ service: 'kms', action: 'Decrypt', kind: 'throttled', times: 4 });
    const { worker } = await startMachine(jobId);
    await worker.exit;
    expect(await service.job(jobId)).toMatchObject({ error_code: 'host_unreachable' });
  });
});

test('a job whose URLs the key refuses to open fails with a code, and may be retried', async () => {
  const jobId = await submit(await hopelessUrl());
  aws.faults.add({ service: 'kms', action: 'Decrypt', kind: 'access_denied' });
  const { worker } = await startMachine(jobId);
  await worker.exit;
  const { status, error_code: code, error } = await service.job(jobId);
  expect({ status, code }).toEqual({ status: 'failed', code: 'service_failed' });
  expect(error).toContain('Retry the job');
});

describe('the log', () => {
  test.each(['throttled', 'unavailable'] as const)(
    'arrives whole and in order when requests are %s',
    async (kind) => {
      // More than a request is repeated by itself.
      aws.faults.add({ service: 'logs', action: 'PutLogEvents', kind, times: 4 });
      const jobId = await submit(await hopelessUrl());
      const { worker } = await startMachine(jobId);
      await worker.exit;
      expect(aws.logs.events(GROUP, `${jobId}/1`).map(({ message }) => message)).toEqual(
        worker.output().trimEnd().split('\n'),
      );
    },
  );

  test('that cannot be shipped at all does not keep the job from ending', async () => {
    aws.faults.add({ service: 'logs', kind: 'access_denied' });
    const jobId = await submit(await hopelessUrl());
    const { worker } = await startMachine(jobId);
    expect(await worker.exit).toEqual({ code: 0, signal: null });
    expect(await service.job(jobId)).toMatchObject({ status: 'failed', error_code: 'host_unreachable' });
  });
});

test('the watchdog hears from a worker that lives, and nothing from one that hangs', async () => {
  // In the place of systemd's program, which needs a systemd to talk to.
  const heard = join(directory, 'heard');
  const bin = await mkdtemp(join(directory, 'bin-'));
  await writeFile(join(bin, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $1" >>'${heard}'\n`, {
    mode: 0o755,
  });
  const words = async (): Promise<string[]> => (await readFile(heard, 'utf8').catch(() => '')).split('\n');
  const jobId = await service.submit(silent.url);
  const worker = service.work(jobId, {
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    NOTIFY_SOCKET: '/run/systemd/notify',
    WATCHDOG_USEC: '300000',
    SEREN_LEASE_MS: '60000',
  });
  await until('some words', async () => (await words()).length > 5);
  expect(new Set((await words()).slice(0, 4))).toEqual(
    new Set(['/run/systemd/notify READY=1', '/run/systemd/notify WATCHDOG=1']),
  );
  worker.kill('SIGSTOP');
  const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_000));
  await rest();
  const before = (await words()).length;
  await rest();
  expect((await words()).length).toBe(before);
  worker.kill('SIGKILL');
});
