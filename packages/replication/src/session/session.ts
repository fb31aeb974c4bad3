/** One connection to one database, whose errors are already translated and whose settings are pinned. */
import { BlockList, isIPv6 } from 'node:net';
import { TLSSocket } from 'node:tls';
import type pg from 'pg';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Side } from './pinned-settings.ts';
import { translateError } from './translate-error.ts';
import { watchSilence, type SilenceDeps, type WatchedSession } from './watch-silence.ts';

const CLOSE_DEADLINE_MS = 5_000;

export interface SessionParts {
  client: pg.Client;
  side: Side;
  /** Free of credentials: `source postgresql://***@host:5432/db` */
  where: string;
  /** What the server's backend is called in pg_stat_activity. */
  processId: number;
  /** Null: statements wait as long as the connection stands. */
  silence: SilenceDeps | null;
  signal: AbortSignal;
}

export interface Encryption {
  /** `TLSv1.3` */
  protocol: string;
  /** Whether the server's certificate was issued by a trusted authority, for the host's name where that is asked. */
  isVerified: boolean;
}

export class Session implements WatchedSession {
  readonly client: pg.Client;
  readonly side: Side;
  readonly where: string;
  readonly processId: number;
  readonly silence: SilenceDeps | null;
  readonly #signal: AbortSignal;
  #isClosed = false;
  #isCut = false;

  constructor(parts: SessionParts) {
    this.client = parts.client;
    this.side = parts.side;
    this.where = parts.where;
    this.processId = parts.processId;
    this.silence = parts.silence;
    this.#signal = parts.signal;
    // A connection that drops while idle is reported by the next statement; without a listener it would end Node.js.
    this.client.on('error', () => undefined);
  }

  /** Null for a connection in plain text, and for one through a Unix socket. */
  get encryption(): Encryption | null {
    const { stream } = connectionOf(this.client);
    if (!(stream instanceof TLSSocket)) return null;
    return { protocol: stream.getProtocol() ?? 'TLS', isVerified: stream.authorized };
  }

  /** Whether the other end is on another machine, as far as its address tells. */
  get isRemote(): boolean {
    const { stream } = connectionOf(this.client);
    const address = 'remoteAddress' in stream ? stream.remoteAddress : undefined;
    return typeof address === 'string' && !isLoopback(address);
  }

  get movedBytes(): number {
    const { stream } = connectionOf(this.client);
    return 'bytesRead' in stream && 'bytesWritten' in stream
      ? Number(stream.bytesRead) + Number(stream.bytesWritten)
      : 0;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs one statement.
   *
   * @param doing completes "could not …" in the error
   * @returns the rows, as objects whose values pg parsed (bigint and numeric stay strings)
   */
  async query<Row extends pg.QueryResultRow>(doing: string, sql: string, values?: unknown[]): Promise<Row[]> {
    const result = await this.attempt(doing, () => this.client.query<Row>(sql, values));
    return result.rows;
  }

  /** The one row of a statement that always gives one. */
  async queryOne<Row extends pg.QueryResultRow>(
    doing: string,
    sql: string,
    values?: unknown[],
  ): Promise<Row> {
    const [row] = await this.query<Row>(doing, sql, values);
    if (row === undefined) {
      throw new ReplicatorError('query_failed', `The ${this.where} could not ${doing}: no row came back.`);
    }
    return row;
  }

  /** Runs statements without parameters, several at once if need be: then they are one implicit transaction. */
  async execute(doing: string, sql: string): Promise<void> {
    await this.attempt(doing, () => this.client.query(sql));
  }

  /** Runs a statement on the bare client and translates its errors. */
  async attempt<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
    this.#signal.throwIfAborted();
    try {
      return await watchSilence([this], work);
    } catch (error) {
      this.#signal.throwIfAborted();
      throw translateError(error, this.where, doing);
    }
  }

  /** Runs work in a transaction: committed when it resolves, rolled back when it rejects. */
  async transaction<Result>(begin: string, work: () => Promise<Result>): Promise<Result> {
    await this.execute('begin a transaction', begin);
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      // The first error is the one to tell; a session that cannot even roll back is closed by its owner.
      await this.client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
    await this.execute('commit', 'COMMIT');
    return result;
  }

  /** Never rejects: a connection that will not end within its deadline is cut. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const timer = setTimeout(() => this.cut(), CLOSE_DEADLINE_MS);
    await this.client.end().catch(() => undefined);
    clearTimeout(timer);
  }

  /** Ends the connection without a word to the server, which may go on with what it was doing. */
  cut(): void {
    this.#isCut = true;
    this.#isClosed = true;
    connectionOf(this.client).stream.destroy();
  }
}

/** pg's connection under a client, which its types leave out. */
export function connectionOf(client: pg.Client): pg.Connection {
  return (client as unknown as { connection: pg.Connection }).connection;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** An IPv4 address may come as an IPv6 one (::ffff:127.0.0.1), which a BlockList sees through. */
function isLoopback(address: string): boolean {
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
