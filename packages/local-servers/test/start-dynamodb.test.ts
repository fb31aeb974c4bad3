import { expect, test } from '@jest/globals';
import { startDynamoDb } from '../src/index.ts';

test('starts an emulator', async () => {
  const server = await startDynamoDb();
  try {
    expect((await fetch(server.endpoint)).status).toBe(200);
  } finally {
    await server.stop();
  }
});
