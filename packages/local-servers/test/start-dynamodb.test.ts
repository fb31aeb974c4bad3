import { expect, test } from '@jest/globals';
import { startDynamoDb, type DynamoDbServer } from '../src/index.ts';
import { withTemporaryDirectory } from './with-temporary-directory.ts';

const table = {
  TableName: 'jobs',
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};

async function call(server: DynamoDbServer, operation: string, input: object): Promise<unknown> {
  const response = await fetch(server.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request, ' +
        'SignedHeaders=host;x-amz-date, Signature=any',
    },
    body: JSON.stringify(input),
  });
  return response.json();
}

test('runs several emulators side by side that know nothing of each other', async () => {
  const [one, other] = await Promise.all([startDynamoDb(), startDynamoDb()]);
  try {
    await call(one, 'CreateTable', table);
    expect(await call(one, 'ListTables', {})).toEqual({ TableNames: ['jobs'] });
    expect(await call(other, 'ListTables', {})).toEqual({ TableNames: [] });
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
});

test('keeps tables in a given data directory, even when it is killed', async () => {
  await withTemporaryDirectory(async (directory) => {
    const options = { dataDirectory: `${directory}/new/tables` };
    const killed = await startDynamoDb(options);
    await call(killed, 'CreateTable', table);
    await killed.kill();
    await expect(fetch(killed.endpoint)).rejects.toThrow();
    const next = await startDynamoDb({ ...options, port: killed.port });
    try {
      expect(await call(next, 'ListTables', {})).toEqual({ TableNames: ['jobs'] });
    } finally {
      await next.stop();
    }
  });
});

test('says what is wrong when the chosen port is taken', async () => {
  const server = await startDynamoDb();
  try {
    await expect(startDynamoDb({ port: server.port })).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('already in use'),
    });
  } finally {
    await server.stop();
    await server.stop();
  }
});
