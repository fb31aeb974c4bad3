import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, request as forward } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { startAwsEndpoints, type AwsCredentials, type AwsEndpoints, type FaultKind } from '../src/index.ts';
import { settingsFor } from './support/client-settings.ts';

let aws: AwsEndpoints;
beforeAll(async () => {
  aws = await startAwsEndpoints();
  aws.kms.createKey('alias/a');
});
afterEach(() => aws.faults.clear());
afterAll(() => aws.stop());

const encrypt = (credentials?: AwsCredentials, settings: object = {}) =>
  new KMSClient({ ...settingsFor(aws, credentials), maxAttempts: 1, ...settings }).send(
    new EncryptCommand({ KeyId: 'alias/a', Plaintext: Buffer.from('x') }),
  );

describe('a call', () => {
  test.each([
    ['an unknown key', () => ({ accessKeyId: 'AKIAX', secretAccessKey: 'x' }), 'UnrecognizedClientException'],
    ['a wrong secret', () => ({ ...aws.credentials, secretAccessKey: 'x' }), 'InvalidSignatureException'],
    [
      'a role without its session token',
      () => {
        const { accessKeyId, secretAccessKey } = aws.principals.create(['*'], { isTemporary: true });
        return { accessKeyId, secretAccessKey };
      },
      'UnrecognizedClientException',
    ],
    ['a principal that may not', () => aws.principals.create(['kms:Decrypt']), 'AccessDeniedException'],
  ])('of %s is refused', async (_, credentialsOf, name) => {
    await expect(encrypt(credentialsOf())).rejects.toMatchObject({ name });
  });

  test('of a role with its session token, and of one that may do just this, is answered', async () => {
    await encrypt(aws.principals.create(['kms:Encrypt'], { isTemporary: true }));
    expect(aws.calls.at(-1)).toMatchObject({ service: 'kms', action: 'Encrypt' });
  });

  test('that was changed on the way is refused', async () => {
    const meddler = createServer((incoming, outgoing) => {
      void incoming.toArray().then((chunks: Buffer[]) => {
        const body = Buffer.concat(chunks).toString().replace('alias/a', 'alias/b');
        const { method, headers } = incoming;
        const onward = forward(aws.url, { method, headers, path: incoming.url ?? '/' }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(outgoing);
        });
        onward.end(body);
      });
    }).listen(0, '127.0.0.1');
    await once(meddler, 'listening');
    const endpoint = `http://127.0.0.1:${(meddler.address() as AddressInfo).port}`;
    await expect(encrypt(undefined, { endpoint })).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
    meddler.closeAllConnections();
    meddler.close();
  });
});

describe('a fault', () => {
  test.each<[FaultKind, object]>([
    ['throttled', { name: 'ThrottlingException' }],
    ['access_denied', { name: 'AccessDeniedException' }],
    ['unavailable', { $metadata: { httpStatusCode: 500 } }],
    ['lost_answer', { message: expect.stringContaining('socket hang up') }],
    ['silence', { name: 'TimeoutError' }],
  ])(
    '%s reaches the client as the service would send it, as often as it was ordered',
    async (kind, error) => {
      const settings = { requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true } };
      aws.faults.add({ service: 'kms', action: 'Encrypt', kind, times: 1 });
      aws.faults.add({ service: 'kms', action: 'Decrypt', kind });
      await expect(encrypt(undefined, settings)).rejects.toMatchObject(error);
      await encrypt(undefined, settings);
    },
  );
});
