import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { fromInstanceMetadata } from '@aws-sdk/credential-providers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  startAwsEndpoints,
  startInstanceMetadata,
  type AwsEndpoints,
  type InstanceMetadata,
} from '../src/index.ts';
import { settingsFor } from './support/client-settings.ts';

let aws: AwsEndpoints;
let metadata: InstanceMetadata;
beforeAll(async () => {
  aws = await startAwsEndpoints();
  aws.kms.createKey('alias/a');
  metadata = await startInstanceMetadata({
    tags: { JobId: 'job-1', Attempt: '2' },
    userData: '#!/bin/sh',
    credentials: aws.principals.create(['kms:*'], { isTemporary: true }),
  });
});
afterAll(() => Promise.all([aws.stop(), metadata.stop()]));

async function readToken(seconds = '60'): Promise<Response> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': seconds };
  return fetch(`${metadata.url}/latest/api/token`, { method: 'PUT', headers });
}

async function read(path: string): Promise<[number, string]> {
  const token = await (await readToken()).text();
  const headers = { 'x-aws-ec2-metadata-token': token };
  const response = await fetch(`${metadata.url}/latest/${path}`, { headers });
  return [response.status, await response.text()];
}

test('nothing is told without a token, and no token without a lifetime', async () => {
  const headers = { 'x-aws-ec2-metadata-token': 'guessed' };
  for (const init of [{}, { headers }]) {
    expect((await fetch(`${metadata.url}/latest/meta-data/instance-id`, init)).status).toBe(401);
  }
  expect((await readToken('0')).status).toBe(400);
});

test('an instance is told its id, its tags and its user-data', async () => {
  expect(await read('meta-data/instance-id')).toEqual([200, metadata.instanceId]);
  expect(await read('meta-data/tags/instance/')).toEqual([200, 'JobId\nAttempt']);
  expect(await read('meta-data/tags/instance/Attempt')).toEqual([200, '2']);
  expect(await read('user-data')).toEqual([200, '#!/bin/sh']);
  expect((await read('meta-data/ami-id'))[0]).toBe(404);
});

test('an interruption of a spot instance is announced with its time', async () => {
  expect((await read('meta-data/spot/instance-action'))[0]).toBe(404);
  metadata.interruptSpot(new Date('2026-11-20T20:00:00.123Z'));
  const [status, body] = await read('meta-data/spot/instance-action');
  expect([status, JSON.parse(body)]).toEqual([200, { action: 'terminate', time: '2026-11-20T20:00:00Z' }]);
});

test('the SDK takes the role’s credentials from it, and they are good', async () => {
  const { endpoint, region } = settingsFor(aws);
  process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = metadata.url;
  try {
    const kms = new KMSClient({ endpoint, region, credentials: fromInstanceMetadata() });
    const { KeyId } = await kms.send(new EncryptCommand({ KeyId: 'alias/a', Plaintext: Buffer.from('x') }));
    expect(KeyId).toContain(':key/');
  } finally {
    delete process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
  }
});
