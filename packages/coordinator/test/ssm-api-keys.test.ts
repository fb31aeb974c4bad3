import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsEndpoints } from '@seren-replicator/aws-endpoints';
import { Secret } from '@seren-replicator/job-models';
import { pino } from 'pino';
import { ssmApiKeys } from '../src/aws/ssm-api-keys.ts';
import type { ApiKeys } from '../src/index.ts';
import { settingsFor } from './support/aws-client-settings.ts';

let path: string;
let aws: AwsEndpoints;
let client: SSMClient;
let now: number;
let keys: ApiKeys;
let tests = 0;
beforeAll(async () => {
  aws = await startAwsEndpoints();
  client = new SSMClient({ ...settingsFor(aws), maxAttempts: 1 });
});
beforeEach(() => {
  tests += 1;
  path = `/seren-replication/api-keys-${tests}`;
  aws.faults.clear();
  aws.ssm.put(`${path}/acme`, 'acme-key');
  now = 0;
  keys = ssmApiKeys({ client, path, log: pino({ level: 'silent' }), clock: () => now });
});
afterAll(() => aws.stop());

const ownerOf = (key: string) => keys.ownerOf(new Secret(key));
const questions = () => aws.calls.filter(({ input }) => input['Path'] === path).length;

test('a key belongs to the name that its parameter has, many keys or few', async () => {
  for (let index = 0; index < 25; index += 1) aws.ssm.put(`${path}/owner-${index}`, `key-${index}`);
  aws.ssm.put(`${path}/umbrella`, 'umbrella-key\n');
  aws.ssm.put(`${path}/below/other`, 'deep-key');
  aws.ssm.put(`${path}/blank`, ' ');
  expect(await ownerOf('acme-key')).toBe('acme');
  expect(await ownerOf('key-24')).toBe('owner-24');
  expect(await ownerOf('umbrella-key')).toBe('umbrella');
  for (const wrong of ['', ' ', 'acme', 'acme-key2', 'deep-key']) expect(await ownerOf(wrong)).toBeNull();
});

describe('a key that is changed', () => {
  test('has an old and a new value for as long as both are there, of one owner', async () => {
    aws.ssm.put(`${path}/acme.2026`, 'acme-new');
    expect([await ownerOf('acme-key'), await ownerOf('acme-new')]).toEqual(['acme', 'acme']);
  });

  test('is known soon after it was added, and refused a minute after it was removed', async () => {
    expect(await ownerOf('acme-key')).toBe('acme');
    aws.ssm.put(`${path}/bob`, 'bob-key');
    now = 6_000;
    expect(await ownerOf('bob-key')).toBe('bob');
    aws.ssm.delete(`${path}/acme`);
    now = 7_000;
    expect(await ownerOf('acme-key')).toBe('acme');
    now = 66_001;
    expect(await ownerOf('acme-key')).toBeNull();
  });
});

describe('SSM', () => {
  test('is not asked for each request, nor for each wrong key', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ownerOf('acme-key')));
    for (let count = 0; count < 20; count += 1) await ownerOf(`guess-${count}`);
    expect(questions()).toBe(1);
  });

  test.each(['throttled', 'access_denied', 'unavailable', 'lost_answer'] as const)(
    'that cannot be asked (%s) locks nobody out who was known, for a while',
    async (kind) => {
      await ownerOf('acme-key');
      aws.faults.add({ service: 'ssm', kind });
      now = 10 * 60_000;
      expect(await ownerOf('acme-key')).toBe('acme');
      expect(await ownerOf('guess')).toBeNull();
      now = 16 * 60_000;
      await expect(ownerOf('acme-key')).rejects.toThrow();
      aws.faults.clear();
      expect(await ownerOf('acme-key')).toBe('acme');
    },
  );

  test('that cannot be asked at first lets nobody in', async () => {
    aws.faults.add({ service: 'ssm', kind: 'access_denied' });
    await expect(ownerOf('acme-key')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
