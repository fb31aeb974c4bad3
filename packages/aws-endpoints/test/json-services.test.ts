import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsEndpoints } from '../src/index.ts';
import { settingsFor } from './support/client-settings.ts';

let aws: AwsEndpoints;
beforeAll(async () => {
  aws = await startAwsEndpoints();
});
afterAll(() => aws.stop());

describe('KMS', () => {
  const context = { job_id: '1', side: 'source' };
  let kms: KMSClient;
  beforeAll(() => {
    kms = new KMSClient(settingsFor(aws));
    aws.kms.createKey('alias/a');
    aws.kms.createKey('alias/b');
  });
  const encrypt = async (Plaintext: Buffer, KeyId = 'alias/a') =>
    (await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext: context }))).CiphertextBlob;

  test('opens what it sealed, under the same context in any order', async () => {
    const CiphertextBlob = await encrypt(Buffer.from('hidden'));
    const EncryptionContext = { side: 'source', job_id: '1' };
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
    expect(Buffer.from(Plaintext ?? []).toString()).toBe('hidden');
  });

  test.each([
    ['another context', { EncryptionContext: { job_id: '2', side: 'source' } }, 'InvalidCiphertextException'],
    ['no context', {}, 'InvalidCiphertextException'],
    ['another key', { EncryptionContext: context, KeyId: 'alias/b' }, 'IncorrectKeyException'],
    ['no such key', { EncryptionContext: context, KeyId: 'alias/c' }, 'NotFoundException'],
  ])('refuses to open under %s', async (_, how, name) => {
    const CiphertextBlob = await encrypt(Buffer.from('hidden'));
    await expect(kms.send(new DecryptCommand({ CiphertextBlob, ...how }))).rejects.toMatchObject({ name });
  });

  test('takes 4,096 bytes and no more, and nothing for a disabled key', async () => {
    await encrypt(Buffer.alloc(4_096));
    await expect(encrypt(Buffer.alloc(4_097))).rejects.toMatchObject({ name: 'ValidationException' });
    const { keyId } = aws.kms.createKey('alias/off');
    aws.kms.disableKey(keyId);
    await expect(encrypt(Buffer.from('x'), keyId)).rejects.toMatchObject({ name: 'DisabledException' });
  });
});

describe('SSM', () => {
  test('lists the parameters below a path, ten a page, opened when asked', async () => {
    for (let index = 0; index < 23; index += 1) aws.ssm.put(`/app/keys/k${index}`, `value ${index}`);
    aws.ssm.put('/app/keys/deeper/k', 'no');
    aws.ssm.put('/app/keysbeside', 'no');
    const client = new SSMClient(settingsFor(aws));
    const read = async (WithDecryption: boolean) => {
      const values: string[] = [];
      const pages = paginateGetParametersByPath({ client }, { Path: '/app/keys', WithDecryption });
      for await (const { Parameters = [] } of pages)
        values.push(...Parameters.map(({ Value = '' }) => Value));
      return values;
    };
    expect((await read(true)).toSorted()).toEqual(
      Array.from({ length: 23 }, (_, index) => `value ${index}`).toSorted(),
    );
    expect((await read(false)).join()).not.toContain('value');
  });
});

describe('CloudWatch Logs', () => {
  const stream = { logGroupName: 'workers', logStreamName: 'job/1' };
  const event = (timestamp: number) => ({ timestamp, message: `line ${timestamp}` });

  test('keeps a stream in order, and its last token leads to what comes later', async () => {
    aws.logs.createGroup('workers');
    const logs = new CloudWatchLogsClient(settingsFor(aws));
    const get = (nextToken?: string) =>
      logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true, limit: 2, nextToken }));
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await logs.send(new CreateLogStreamCommand(stream));
    await expect(logs.send(new CreateLogStreamCommand(stream))).rejects.toMatchObject({
      name: 'ResourceAlreadyExistsException',
    });
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [1, 2, 3].map(event) }));
    const first = await get();
    const second = await get(first.nextForwardToken);
    const atEnd = await get(second.nextForwardToken);
    expect([first, second, atEnd].map(({ events }) => events?.map(({ timestamp }) => timestamp))).toEqual([
      [1, 2],
      [3],
      [],
    ]);
    expect(atEnd.nextForwardToken).toBe(second.nextForwardToken);
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [event(4)] }));
    expect((await get(atEnd.nextForwardToken)).events).toMatchObject([{ timestamp: 4 }]);
    await expect(
      logs.send(new PutLogEventsCommand({ ...stream, logEvents: [2, 1].map(event) })),
    ).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
