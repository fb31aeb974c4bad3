import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsCredentials, type AwsEndpoints } from '@seren-replicator/aws-endpoints';
import { Secret } from '@seren-replicator/job-models';
import { kmsSealer, localKeySealer, type SealContext, type UrlSealer } from '../src/index.ts';

const KEY = 'alias/seren-replication-system-data';
const context: SealContext = { jobId: 'job-1', side: 'source' };
const url = new Secret("postgresql://me:p%25%22'ü@host/db?application_name=ü");

let aws: AwsEndpoints;
let api: UrlSealer;
let worker: UrlSealer;
const sealerOf = (credentials: AwsCredentials, settings: object = {}): UrlSealer => {
  const client = new KMSClient({ endpoint: aws.url, region: aws.region, credentials, ...settings });
  return kmsSealer({ client, keyId: KEY });
};
beforeAll(async () => {
  aws = await startAwsEndpoints();
  aws.kms.createKey(KEY);
  api = sealerOf(aws.principals.create(['kms:Encrypt']));
  worker = sealerOf(aws.principals.create(['kms:Decrypt']));
});
afterEach(() => aws.faults.clear());
afterAll(() => aws.stop());

describe('a URL that was sealed with KMS', () => {
  test('by one that may only encrypt opens for one that may only decrypt', async () => {
    const opened = await worker.open(context, await api.seal(context, url));
    expect(opened.reveal()).toBe(url.reveal());
  });

  test('cannot be opened by who sealed it, which is not told as a broken seal', async () => {
    const sealed = await api.seal(context, url);
    await expect(api.open(context, sealed)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(worker.seal(context, url)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  test('may be longer than what KMS encrypts', async () => {
    const long = new Secret(`postgresql://host/db?application_name=${'x'.repeat(8_000)}`);
    expect((await worker.open(context, await api.seal(context, long))).reveal()).toBe(long.reveal());
  });

  test('names job and side to KMS, and sends it nothing of the URL', async () => {
    const sealed = await api.seal(context, url);
    const { input } = aws.calls.at(-1) ?? {};
    expect(input).toMatchObject({ KeyId: KEY, EncryptionContext: { job_id: 'job-1', side: 'source' } });
    expect(Buffer.from(String(input?.['Plaintext']), 'base64')).toHaveLength(32);
    expect(Buffer.from(sealed.slice(7), 'base64url').includes('host')).toBe(false);
    expect(sealed).not.toBe(await api.seal(context, url));
  });

  test.each<[string, SealContext]>([
    ['another job', { ...context, jobId: 'job-2' }],
    ['the other side', { ...context, side: 'target' }],
  ])('does not open for %s', async (_, other) => {
    const sealed = await api.seal(context, url);
    await expect(worker.open(other, sealed)).rejects.toMatchObject({ code: 'seal_broken' });
  });

  test('does not open when any of its bytes was changed', async () => {
    const sealed = await api.seal(context, new Secret('x'));
    const envelope = Buffer.from(sealed.slice(7), 'base64url');
    for (const index of envelope.keys()) {
      const changed = Buffer.from(envelope);
      changed[index] = (changed[index] ?? 0) ^ 1;
      const text = `kms-v1:${changed.toString('base64url')}`;
      await expect(worker.open(context, text)).rejects.toMatchObject({ code: 'seal_broken' });
    }
  });

  test.each(['', 'kms-v1:', 'kms-v1:AAAA', 'kms-v1:__8A', 'postgresql://me:secret@host/db'])(
    'is not %j, and the refusal does not repeat it',
    async (text) => {
      await expect(worker.open(context, text)).rejects.toMatchObject({
        code: 'seal_broken',
        message: expect.not.stringContaining('secret'),
      });
    },
  );

  test('is not one that a local key sealed', async () => {
    const sealed = await localKeySealer(Buffer.alloc(32)).seal(context, url);
    await expect(worker.open(context, sealed)).rejects.toMatchObject({ code: 'seal_broken' });
  });
});

describe('KMS in trouble', () => {
  test.each(['throttled', 'unavailable', 'lost_answer'] as const)('(%s) is asked again', async (kind) => {
    aws.faults.add({ service: 'kms', kind, times: 1 });
    const sealed = await api.seal(context, url);
    aws.faults.add({ service: 'kms', kind, times: 1 });
    expect((await worker.open(context, sealed)).reveal()).toBe(url.reveal());
  });

  test('that says nothing is given up on in the time that its client was given', async () => {
    const requestHandler = { requestTimeout: 100, throwOnRequestTimeout: true };
    const impatient = sealerOf(aws.credentials, { maxAttempts: 2, requestHandler });
    aws.faults.add({ service: 'kms', kind: 'silence' });
    await expect(impatient.seal(context, url)).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  test('is no broken seal: another try may open it', async () => {
    const sealed = await api.seal(context, url);
    const once = sealerOf(aws.credentials, { maxAttempts: 1 });
    aws.faults.add({ service: 'kms', kind: 'throttled', times: 1 });
    await expect(once.open(context, sealed)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect((await once.open(context, sealed)).reveal()).toBe(url.reveal());
  });
});
