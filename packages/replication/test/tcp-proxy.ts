/** A TCP proxy between a run and a server, that tests cut, stall, refuse and slow connections with. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { listenOnLoopback } from './listen-on-loopback.ts';

export interface TcpProxy {
  /** A URL that goes through the proxy. */
  through: (url: string) => string;
  /** Cuts every connection that is open now. */
  cut: () => void;
  /** From now on nothing passes on the connections that are open now, and nobody is told. */
  stall: () => void;
  /** Stalls the connection on which a client sends this text next. */
  stallAt: (text: string) => void;
  /**
   * From now on what the server answers is lost, and what it is sent still arrives: on all connections that are open
   * now but the oldest. Gives what cuts them.
   */
  loseAnswers: () => () => void;
  /** Bytes that clients have sent through it. */
  readonly sentBytes: number;
  /** How often clients have sent something after they were answered, over all connections. */
  readonly roundTrips: number;
  /** Refuses new connections, or no longer. */
  refuse: (isRefusing: boolean) => void;
  stop: () => Promise<void>;
}

/** @param delayMs how long every answer takes: what a client sends without waiting for one is sent by then */
export async function startTcpProxy(port: number, delayMs?: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isRefusing = false;
  let sentBytes = 0;
  let roundTrips = 0;
  let stalling: string | null = null;
  const server = createServer((client) => {
    if (isRefusing) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    const pair = [client, upstream] as const;
    let isWaiting = false;
    client.on('data', (chunk: Buffer) => {
      sentBytes += chunk.length;
      if (!isWaiting) roundTrips += 1;
      isWaiting = true;
      if (stalling === null || !chunk.includes(stalling)) return;
      stalling = null;
      for (const socket of pair) socket.unpipe().pause();
    });
    pairs.add(pair);
    const answers = delayMs === undefined ? upstream : upstream.pipe(delay(delayMs));
    answers.on('data', () => {
      isWaiting = false;
    });
    client.pipe(upstream);
    answers.pipe(client);
    for (const [from, to] of [pair, [upstream, client] as const]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    }
  });
  const ownPort = await listenOnLoopback(server);
  const sockets = () => [...pairs].flat();
  return {
    through: (url) => url.replace(/:\d+\//, `:${ownPort}/`),
    cut: () => sockets().forEach((socket) => socket.resetAndDestroy()),
    loseAnswers: () => {
      const muted = [...pairs].slice(1);
      for (const [, upstream] of muted) upstream.unpipe().resume();
      return () => muted.flat().forEach((socket) => socket.resetAndDestroy());
    },
    get sentBytes() {
      return sentBytes;
    },
    get roundTrips() {
      return roundTrips;
    },
    stallAt: (text) => {
      stalling = text;
    },
    stall: () => sockets().forEach((socket) => socket.unpipe().pause()),
    refuse: (value) => {
      isRefusing = value;
    },
    stop: async () => {
      sockets().forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

function delay(ms: number): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      setTimeout(() => done(null, chunk), ms);
    },
  });
}
