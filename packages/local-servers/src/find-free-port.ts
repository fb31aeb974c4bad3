import { once } from 'node:events';
import { createServer } from 'node:net';
import { hasErrorCode } from './has-error-code.ts';

const loopback = '127.0.0.1';

/**
 * A TCP port of 127.0.0.1 that nothing listens on. The kernel picks it, and nothing keeps it: whoever binds it next
 * has it, so a server started on it can still find it taken and has to try another.
 */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, loopback);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('A TCP server has an IP address.');
  return address.port;
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, loopback);
  try {
    await once(server, 'listening');
  } catch (error) {
    if (hasErrorCode(error, 'EADDRINUSE')) return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}
