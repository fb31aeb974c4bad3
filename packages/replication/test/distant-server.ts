/** A TCP proxy that makes a server seem far away, and counts how often it is waited for. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface DistantServer {
  /** A URL that goes through the proxy. */
  through: (url: string) => string;
  /** How often clients have sent something after they were answered, over all connections. */
  readonly roundTrips: number;
  stop: () => Promise<void>;
}

/** @param delayMs how long every answer takes; so what is sent without waiting for one is sent by then */
export async function startDistantServer(port: number, delayMs: number): Promise<DistantServer> {
  const sockets = new Set<Socket>();
  let roundTrips = 0;
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let isWaiting = false;
    client.on('data', () => {
      if (!isWaiting) roundTrips += 1;
      isWaiting = true;
    });
    const distance = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        setTimeout(() => {
          isWaiting = false;
          done(null, chunk);
        }, delayMs);
      },
    });
    client.pipe(upstream).pipe(distance).pipe(client);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    through: (url) => url.replace(/:\d+\//, `:${ownPort}/`),
    get roundTrips() {
      return roundTrips;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
