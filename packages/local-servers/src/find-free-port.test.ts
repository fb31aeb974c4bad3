import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { findFreePort, isPortFree } from './find-free-port.ts';

test('finds a port that a server can have, and sees when it has it', async () => {
  const port = await findFreePort();
  expect(await isPortFree(port)).toBe(true);
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  try {
    expect(await isPortFree(port)).toBe(false);
  } finally {
    server.close();
  }
});
