import { createAdaptorServer } from '@hono/node-server';
import { ReplicatorError } from '@seren-replicator/job-models';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
const DEFAULT_PORT = 8787;
const ANY_PORT = 0;

/**
 * Serves an API on this machine alone: on `port`, or where none is asked for on the usual one, or on a free one when
 * that is taken.
 *
 * @throws ReplicatorError `invalid_config` when the port that was asked for is taken
 */
export async function serveApi(
  api: { fetch: (request: Request) => Response | Promise<Response> },
  port: number | undefined,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server =
    (await listen(api, port ?? DEFAULT_PORT)) ?? (port === undefined && (await listen(api, ANY_PORT)));
  if (!server) {
    throw new ReplicatorError(
      'invalid_config',
      `Port ${port ?? ANY_PORT} is taken. Choose another with --port, or leave it out for a free one.`,
    );
  }
  const address = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${address.port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Null when the port is taken. */
async function listen(api: Parameters<typeof serveApi>[0], port: number): Promise<Server | null> {
  const server = createAdaptorServer({ fetch: (request) => api.fetch(request) }) as Server;
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return null;
  }
}
