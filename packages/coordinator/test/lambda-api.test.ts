import { KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { getJob } from '@seren-replicator/job-store';
import { kmsSealer } from '@seren-replicator/sealing';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settingsFor } from './support/aws-client-settings.ts';
import type { LambdaProcess } from './support/lambda-process.ts';
import { DATA_KEY, LambdaWorld } from './support/lambda-world.ts';

const PASSWORD = 'hunter2-and-more';
const specification = {
  schema_version: '1.0',
  command: 'validate',
  source_url: `postgresql://me:${PASSWORD}@93.184.216.34/db?options=${PASSWORD}`,
  target_url: `postgresql://me:${PASSWORD}@93.184.216.35/db`,
};

interface Event {
  rawPath: string;
  headers: Record<string, string>;
  requestContext: { stage: string; http: { method: string } };
}
interface Result {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

let world: LambdaWorld;
let lambda: LambdaProcess;
let recorded: Event;
beforeAll(async () => {
  recorded = JSON.parse(await readFile(join(import.meta.dirname, 'events/http-api.json'), 'utf8')) as Event;
  world = await LambdaWorld.start();
  lambda = await world.startApi();
});
afterEach(() => world.aws.faults.clear());
afterAll(() => world.stop());

function eventOf(method: string, path: string, changes: object = {}): object {
  const { requestContext, headers } = recorded;
  return {
    ...recorded,
    rawPath: path,
    headers: { ...headers, 'x-api-key': 'alice-key' },
    requestContext: { ...requestContext, http: { ...requestContext.http, method } },
    ...changes,
  };
}

async function invoke(event: object): Promise<Result & { json: Record<string, unknown> }> {
  const result = (await lambda.invoke(event)) as Result;
  return { ...result, json: JSON.parse(result.body) as Record<string, unknown> };
}

const submit = () => invoke(eventOf('POST', '/jobs', { body: JSON.stringify(specification) }));

describe('the API as a Lambda function', () => {
  test('says that it is up, and its version, without a key', async () => {
    const { statusCode, headers, json } = await invoke({
      ...recorded,
      ...eventOf('GET', '/health', recorded.headers),
    });
    expect([statusCode, json['status']]).toEqual([200, 'ok']);
    expect(headers['content-type']).toContain('application/json');
  });

  test('takes a job: its URLs are sealed by KMS, and open for a worker alone', async () => {
    const { statusCode, json } = await submit();
    expect(statusCode).toBe(201);
    const jobId = String(json['job_id']);
    const job = await getJob(world.table, { jobId });
    expect(job).toMatchObject({ owner: 'alice', status: 'provisioning' });
    const credentials = world.aws.principals.create(['kms:Decrypt']);
    const sealer = kmsSealer({
      client: new KMSClient(settingsFor(world.aws, credentials)),
      keyId: DATA_KEY,
    });
    const opened = await sealer.open({ jobId, side: 'source' }, job?.sealed_source_url ?? '');
    expect(opened.reveal()).toBe(specification.source_url);
  });

  test('shows, lists, cancels and retries it', async () => {
    const jobId = String((await submit()).json['job_id']);
    const answers = [
      await invoke(eventOf('GET', `/jobs/${jobId}`)),
      await invoke(eventOf('GET', '/jobs', { rawQueryString: 'limit=1&status=provisioning' })),
      await invoke(eventOf('GET', `/jobs/${jobId}/logs`)),
      await invoke(eventOf('POST', `/jobs/${jobId}/cancel`)),
      await invoke(eventOf('POST', `/jobs/${jobId}/retry`)),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 202, 409]);
    expect(answers[1]?.json['jobs']).toHaveLength(1);
  });

  test('takes a body in base64, as everything that is not text comes', async () => {
    const body = Buffer.from(JSON.stringify(specification)).toString('base64');
    const { statusCode } = await invoke(eventOf('POST', '/jobs', { body, isBase64Encoded: true }));
    expect(statusCode).toBe(201);
  });

  test('refuses a body without a content type by naming that', async () => {
    const headers = Object.fromEntries(
      Object.entries(recorded.headers).filter(([name]) => name !== 'content-type'),
    );
    const body = Buffer.from('{}').toString('base64');
    const { statusCode, json } = await invoke(
      eventOf('POST', '/jobs', {
        body,
        isBase64Encoded: true,
        headers: { ...headers, 'x-api-key': 'alice-key' },
      }),
    );
    expect([statusCode, json]).toMatchObject([400, { details: [{ path: 'content-type' }] }]);
  });

  test('finds its routes behind the name of a stage, and with a body where none is wanted', async () => {
    const { requestContext } = eventOf('GET', '/v1/jobs') as Event;
    const staged = eventOf('GET', '/v1/jobs', {
      requestContext: { ...requestContext, stage: 'v1' },
      body: 'x',
    });
    expect((await invoke(staged)).statusCode).toBe(200);
  });

  test.each(['/jobs/a?b#c', '//jobs', '/jobs/../../etc', '/jobs/%', '/jobs/é\u0000', '/', ''])(
    'does not know the path %j, which comes decoded',
    async (path) => {
      expect((await invoke(eventOf('GET', path))).statusCode).toBe(404);
    },
  );

  test.each<[string, object]>([
    ['nothing', {}],
    ['another payload', { version: '1.0', path: '/jobs', httpMethod: 'GET' }],
    ['a header that cannot be', { headers: { 'x-y': 'a\nb' } }],
    ['a method that cannot be', { requestContext: { http: { method: 'CONNECT' } } }],
  ])('answers %s with a 400 in JSON', async (name, changes) => {
    const { statusCode, json } = await invoke(name === 'nothing' ? {} : eventOf('GET', '/jobs', changes));
    expect([statusCode, json['code']]).toEqual([400, 'invalid_request']);
  });

  test('refuses a key that SSM does not have', async () => {
    const headers = { ...recorded.headers, 'x-api-key': 'other' };
    expect((await invoke(eventOf('GET', '/jobs', { headers }))).statusCode).toBe(401);
  });
});

describe('AWS in trouble', () => {
  test('is a 500 without its words where the function may not do what it has to', async () => {
    world.aws.faults.add({ service: 'kms', kind: 'access_denied' });
    const { statusCode, json, body } = await submit();
    expect([statusCode, json['code']]).toEqual([500, 'internal']);
    expect(body).not.toContain('authorized');
    expect(lambda.output).toContain('AccessDeniedException');
  });

  test('is a 429 with Retry-After where the function is throttled', async () => {
    world.aws.faults.add({ service: 'kms', kind: 'throttled' });
    const { statusCode, headers, json } = await submit();
    expect([statusCode, json['code']]).toEqual([429, 'throttled']);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  });

  test('is tried again where an answer is lost', async () => {
    world.aws.faults.add({ service: 'kms', kind: 'lost_answer', times: 1 });
    expect((await submit()).statusCode).toBe(201);
  });
});

describe('what the function has written when it answers', () => {
  test('are its log, its metrics and its trace, also after it was stopped for a while', async () => {
    for (let count = 0; count < 3; count += 1) {
      const before = lambda.output.length;
      const { json } = await submit();
      const { length } = world.aws.calls;
      await invoke(eventOf('GET', '/health'));
      // Nothing was left to be done, which would now go on.
      expect(world.aws.calls).toHaveLength(length);
      const lines = lambda.output
        .slice(before)
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
      expect(lines).toContainEqual(
        expect.objectContaining({ message: 'request', route: '/jobs', status: 201, owner: 'alice' }),
      );
      expect(lines).toContainEqual(
        expect.objectContaining({ JobsSubmitted: 1, service: 'seren-replication', _aws: expect.any(Object) }),
      );
      expect(json['job_id']).toBeDefined();
    }
    expect(lambda.traces).toContain('"name":"handler"');
    expect(lambda.traces).toContain('KMS');
  });

  test('holds no password and no key', () => {
    for (const text of [lambda.output, lambda.traces]) {
      expect(text.length).toBeGreaterThan(1_000);
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain('alice-key');
    }
  });
});

test('a function whose environment is not complete does not start, and names what is missing', async () => {
  const incomplete = await world.startApi({ SEREN_DATA_KEY: '', SEREN_API_KEYS_PATH: 'no/path' });
  await expect(incomplete.invoke({})).rejects.toThrow(/SEREN_DATA_KEY.*SEREN_API_KEYS_PATH/);
});
