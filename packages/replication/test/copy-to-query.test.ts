/** Rows on their way from one socket to another, of which the second takes them late. */
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import pg from 'pg';
import { CopyToQuery } from '../src/copy/copy-to-query.ts';
import { RateLimit } from '../src/copy/rate-limit.ts';
import { RecyclingSocket } from '../src/session/recycling-socket.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';
import { wireMessage } from './wire-message.ts';

const ROW_BYTES = 20_000;
/** More than the sockets hold. */
const ROWS = 2_000;

/** A server for the one client of `work`. */
async function withPeer<Result>(
  work: (port: number, peer: Promise<Socket>) => Promise<Result>,
): Promise<Result> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  const peer = once(server, 'connection').then(([socket]) => socket as Socket);
  try {
    return await work(port, peer);
  } finally {
    server.close();
    (await peer).destroy();
  }
}

it('leaves rows alone that are not written yet', async () => {
  await withPeer((sourcePort, source) =>
    withPeer(async (targetPort, target) => {
      const connection = new pg.Connection({ stream: () => new RecyclingSocket() });
      const destination = connect(targetPort, '127.0.0.1');
      (connection as unknown as Socket).connect(sourcePort, '127.0.0.1');
      await Promise.all([once(connection, 'connect'), once(destination, 'connect')]);
      const progress = new EventEmitter();
      let moved = 0;
      const onBytes = (bytes: number) => {
        moved += bytes;
        progress.emit('bytes');
      };
      const query = new CopyToQuery({
        sql: 'COPY t TO STDOUT',
        destination,
        onBytes,
        rate: new RateLimit(null),
      });
      connection.on('readyForQuery', () => query.handleReadyForQuery());
      query.submit(connection);
      query.flow();

      const server = await source;
      const taker = await target;
      const rows = Array.from({ length: ROWS }, (_, index) =>
        wireMessage('d', Buffer.alloc(ROW_BYTES, index)),
      );
      let sent = 0;
      for (const row of rows) {
        server.write(row);
        sent += row.length;
        // As long as they are taken, one by one: a chunk is a row then, and less than what the source has to wait for.
        while (moved < sent && !destination.writableNeedDrain) await once(progress, 'bytes');
      }
      expect(destination.writableNeedDrain).toBe(true);
      server.write(wireMessage('Z', Buffer.from('I')));
      const taken = buffer(taker);
      await query.done;
      destination.end();
      expect((await taken).equals(Buffer.concat(rows))).toBe(true);
      connection.stream.destroy();
    }),
  );
});
