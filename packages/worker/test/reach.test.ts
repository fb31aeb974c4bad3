/** What a job may reach, as the worker keeps it: whatever was let pass when the job was submitted. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Secret } from '@seren-replicator/job-models';
import { createReach } from '@seren-replicator/reach';
import { startSilentServer, type SilentServer } from '@seren-replicator/local-servers';
import { runEngine } from '../src/run-engine.ts';
import { Service } from './support/service.ts';

let service: Service;
let silent: SilentServer;
beforeAll(async () => {
  service = await Service.start();
  silent = await startSilentServer();
});
afterAll(async () => {
  await service.stop();
  await silent.stop();
});

async function failureOf(url: string, environment: Record<string, string | undefined>): Promise<string> {
  const jobId = await service.submit(url);
  expect(await service.work(jobId, environment).exit).toEqual({ code: 0, signal: null });
  const { error_code: code = '' } = await service.job(jobId);
  return code;
}

test.each([
  ['loopback, which nobody has allowed', () => silent.url, { SEREN_ALLOW_LOCAL_ADDRESSES: undefined }],
  ['the metadata service, whatever is allowed', () => 'postgresql://me@169.254.169.254/db', {}],
  ['a Unix socket', () => 'postgresql:///db?host=/tmp', { SEREN_ALLOW_LOCAL_ADDRESSES: 'false' }],
  ['a private network', () => 'postgresql://me@10.255.255.1/db', {}],
  ['a target that is not listed', () => silent.url, { SEREN_ALLOWED_TARGET_HOSTS: '*.example.com' }],
])('a job fails that leads to %s', async (_, url, environment) => {
  expect(await failureOf(url(), environment)).toBe('address_not_allowed');
});

test('a name that leads elsewhere once the job has begun is not followed', async () => {
  const answers = ['8.8.8.8', '8.8.4.4', '127.0.0.1'];
  const closed = { allowPrivate: false, allowLocal: false, allowedTargetHosts: [] };
  const reach = createReach(closed, async () => [{ address: answers.shift() ?? '127.0.0.1', family: 4 }]);
  const url = 'postgresql://me@rebound.invalid/db';
  const job = await service.job(await service.submit(url));
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const running = runEngine(
    {
      reach,
      sealer: { open: async () => new Secret(url) },
      log: quiet,
      path: '',
      onProgress: () => undefined,
      onDone: async () => undefined,
      signal: new AbortController().signal,
    },
    { job, stopDeadlineMs: 1_000 },
  );
  await expect(running).rejects.toMatchObject({ code: 'address_not_allowed' });
  expect(answers).toEqual([]);
});
