/** A socket that reads into the same buffers again: what arrives is right, whoever keeps it or gives it back. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { RecyclingSocket } from '../src/session/recycling-socket.ts';
import { listenOnLoopback } from './listen-on-loopback.ts';

/** More than the sockets of both sides hold. */
const BYTES = 32 * 1024 * 1024;
/** No two parts of it are the same. */
const sent = Buffer.from(Uint32Array.from({ length: BYTES / 4 }, (_, index) => index * 2_654_435_761).buffer);

let server: Server;
let port: number;
let socket: RecyclingSocket;

beforeEach(async () => {
  socket = new RecyclingSocket();
  server = serve((client) => client.end(sent));
  port = await listenOnLoopback(server);
});
afterEach(() => {
  socket.destroy();
  server.close();
});

function serve(onClient: (client: Socket) => void): Server {
  return createServer((client) => onClient(client.on('error', () => undefined)));
}

/** Resolves when all has arrived. */
async function join(from = port): Promise<void> {
  socket.connect(from, '127.0.0.1');
  await once(socket, 'end');
}

it('gives chunks that may be kept', async () => {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await join();
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

it('gives nothing while it is paused', async () => {
  const chunks: Buffer[] = [];
  let isPaused = false;
  let early = 0;
  socket.on('data', (chunk: Buffer) => {
    if (isPaused) early += 1;
    chunks.push(chunk);
    isPaused = true;
    socket.pause();
    void turn().then(() => {
      isPaused = false;
      socket.resume();
    });
  });
  await join();
  expect(early).toBe(0);
  expect(Buffer.concat(chunks).equals(sent)).toBe(true);
});

it('needs a handful of buffers where they are given back when they are written', async () => {
  const received: Buffer[] = [];
  const sink = serve((client) => client.on('data', (chunk: Buffer) => received.push(chunk)));
  const destination = connect(await listenOnLoopback(sink), '127.0.0.1');
  const buffers = new Set<ArrayBufferLike>();
  socket.on('data', (chunk: Buffer) => {
    if (chunk.length >= 16 * 1024) buffers.add(chunk.buffer);
    if (destination.write(chunk, () => socket.recycle(chunk))) return;
    socket.pause();
    destination.once('drain', () => socket.resume());
  });
  await join();
  destination.end();
  await once(destination, 'close');
  sink.close();
  expect(Buffer.concat(received).equals(sent)).toBe(true);
  expect(buffers.size).toBeLessThan(8);
});

it('takes back short chunks without using their memory, which others have a part of', async () => {
  const inTurns = serve((client) => void sendInTurns(client));
  const kept: Buffer[] = [];
  let received = 0;
  socket.on('data', (chunk: Buffer) => {
    // Long ones are kept, so that buffers are needed.
    const isShort = chunk.length <= SHORT;
    kept.push(isShort ? Buffer.from(chunk) : chunk);
    if (isShort) socket.recycle(chunk);
    received += chunk.length;
    if (received % LONG === SHORT || received % LONG === 0) socket.write('next');
  });
  await join(await listenOnLoopback(inTurns));
  inTurns.close();
  expect(Buffer.concat(kept).equals(sent.subarray(0, 100 * LONG))).toBe(true);
});

const SHORT = 1_000;
const LONG = 60_000;

/** A hundred times a little, and then a lot, each when the last has arrived. */
async function sendInTurns(client: Socket): Promise<void> {
  for (let offset = 0; offset < 100 * LONG; offset += LONG) {
    client.write(sent.subarray(offset, offset + SHORT));
    await once(client, 'data');
    client.write(sent.subarray(offset + SHORT, offset + LONG));
    await once(client, 'data');
  }
  client.end();
}
