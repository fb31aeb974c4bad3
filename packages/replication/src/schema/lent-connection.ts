/**
 * A database connection that pg_dump may use without ever knowing how it was opened: it speaks to us, is told that
 * it is authenticated, and from then on its bytes and the server's go past each other unread. So no address, user
 * certificate or password leaves this process, and pg_dump gets the very session that the engine's rules (timeouts,
 * encoding, search path) were applied to.
 *
 * The socket is taken from a `pg.Client`, which is of no use afterwards: destroying the lent connection is what
 * closes it. Backpressure holds both ways, because both sides are streams.
 *
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
import { Duplex } from 'node:stream';
import type pg from 'pg';
import { ServerErrorTap, type ServerError } from './server-error-tap.ts';
import { readStartup, startupAnswer } from './startup-packet.ts';

/** What the server reported about itself and the session: `server_version`, `client_encoding`, … */
export type ServerParameters = ReadonlyMap<string, string>;

/** Gives a fresh authenticated connection; whoever calls it destroys what it gets. */
export type Lend = (signal: AbortSignal) => Promise<LentConnection>;

/** Begins to record what the server reports. Call it before `client.connect()`; the map fills and stays current. */
export function recordParameters(client: pg.Client): ServerParameters {
  const parameters = new Map<string, string>();
  const record = (message: { parameterName: string; parameterValue: string }): void => {
    parameters.set(message.parameterName, message.parameterValue);
  };
  client.connection.on('parameterStatus', record);
  return parameters;
}

/**
 * Takes the socket of a connected client that has nothing under way. From the other side the result looks like a
 * server that a client has just connected to.
 *
 * @param parameters what `recordParameters` gave for this client.
 */
export function lendConnection(client: pg.Client, parameters: ServerParameters): LentConnection {
  const { connection } = client;
  const socket: Duplex = connection.stream;
  socket.pause(); // or what arrives between two listeners is lost
  socket.removeAllListeners('data');
  connection.removeAllListeners();
  connection.on('error', () => undefined); // the lent connection hears of it from the socket
  return new LentConnection(socket, parameters);
}

/** The server's side of the protocol as a stream: write what a client sends, read what it is to receive. */
export class LentConnection extends Duplex {
  readonly #socket: Duplex;
  readonly #parameters: ServerParameters;
  /** What arrived of the client's start-up messages; null once it has started. */
  #startup: Buffer | null = Buffer.alloc(0);
  #hasEnded = false;
  readonly #tap = new ServerErrorTap();

  constructor(socket: Duplex, parameters: ServerParameters) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#parameters = parameters;
    socket.on('data', (chunk: Buffer) => {
      this.#tap.hear(chunk);
      if (!this.push(chunk)) socket.pause();
    });
    socket.on('error', (error) => this.destroy(error));
    const end = (): void => {
      if (!this.#hasEnded) this.push(null);
      this.#hasEnded = true;
    };
    socket.on('end', end);
    socket.on('close', end);
    socket.pause();
  }

  /** The last thing that the server refused; null when it refused nothing. */
  get serverError(): ServerError | null {
    return this.#tap.lastError;
  }

  /** The server closed the connection, or it broke. */
  get isServerGone(): boolean {
    return this.#hasEnded;
  }

  override _read(): void {
    if (this.#startup === null) this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#startup === null) {
      this.#socket.write(chunk, done);
      return;
    }
    let rest: Buffer;
    try {
      rest = this.#answerStartup(Buffer.concat([this.#startup, chunk]));
    } catch (error) {
      done(error as Error);
      return;
    }
    if (rest.length > 0) this.#socket.write(rest, done);
    else done();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  /** Answers every start-up message that arrived whole; returns what the client sent after the last of them. */
  #answerStartup(bytes: Buffer): Buffer {
    let rest = bytes;
    for (;;) {
      const message = readStartup(rest);
      if (message === null) {
        this.#startup = rest;
        return Buffer.alloc(0);
      }
      rest = rest.subarray(message.length);
      this.push(startupAnswer(message, this.#parameters));
      if (message.kind === 'encryption') continue;
      this.#startup = null;
      this.#socket.resume();
      return rest;
    }
  }
}
