/**
 * The reading side: a connection on which the source sends the changes of a slot. Messages are decoded as they arrive
 * and handed over by `next`; while too many wait to be taken, the socket is not read. The source hears from us at
 * least every `statusIntervalMs`, however long something is applied, and whenever it asks.
 *
 * https://www.postgresql.org/docs/current/protocol-replication.html
 */
import type pg from 'pg';
import { ReplicatorError } from '@seren-replicator/job-models';
import { Deferred } from '../copy/deferred.ts';
import { decodeMessage, type StreamMessage } from './decode-message.ts';
import { divertMessages, type Diversion } from './divert-messages.ts';
import { laterLsn } from './lsn.ts';
import { HEADER_LENGTH } from './message-frames.ts';
import { encodeStatusUpdate } from './status-update.ts';

export type StreamItem =
  StreamMessage | { kind: 'keepalive'; /** How far the source has looked. */ walEnd: bigint };

export interface ReplicationStreamInput {
  /** `START_REPLICATION …` */
  sql: string;
  /** What is durable on the target already. */
  from: bigint;
  statusIntervalMs: number;
}

const COPY_DATA = 'd'.charCodeAt(0);
const COPY_BOTH = 'W'.charCodeAt(0);
const WAL_DATA = 'w'.charCodeAt(0);
/** Kind, and three times eight bytes: where the data begins, where the log ends, when it was sent. */
const WAL_DATA_HEADER_LENGTH = 25;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const END_DEADLINE_MS = 5_000;
/** What may wait to be taken. */
const MAX_WAITING_BYTES = 256 * 1024;

export class ReplicationStream implements pg.Submittable {
  readonly #input: ReplicationStreamInput;
  readonly #started = new Deferred<undefined>();
  readonly #ended = new Deferred<undefined>();
  #connection: pg.Connection | undefined;
  #diversion: Diversion | undefined;
  #timer: NodeJS.Timeout | undefined;
  #items: StreamItem[] = [];
  #waitingBytes = 0;
  #isPaused = false;
  #isWoken = false;
  #isEnding = false;
  #waiter: Deferred<StreamItem[]> | undefined;
  #failure: Error | undefined;
  #received: bigint;
  #flushed: bigint;

  constructor(input: ReplicationStreamInput) {
    this.#input = input;
    this.#received = input.from;
    this.#flushed = input.from;
    // They are asked for only sometimes.
    this.#started.promise.catch(() => undefined);
    this.#ended.promise.catch(() => undefined);
  }

  /** Resolves when the source sends; rejects when it will not. */
  get started(): Promise<undefined> {
    return this.#started.promise;
  }

  /** Nothing is read because what was read is not taken. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    this.#diversion = divertMessages(connection, {
      onMessage: (bytes, start, end) => this.#take(bytes, start, end),
      onChunk: () => this.#deliver(),
    });
    this.#timer = setInterval(() => this.#sendStatus(true), this.#input.statusIntervalMs);
    connection.query(this.#input.sql);
  }

  /** What has arrived, in order; empty after `wake`. Rejects when the connection is lost. */
  async next(): Promise<StreamItem[]> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#items.length > 0 || this.#isWoken) return this.#takeItems();
    this.#waiter = new Deferred<StreamItem[]>();
    return this.#waiter.promise;
  }

  /** Ends the wait of `next`, or makes the next one short. */
  wake(): void {
    this.#isWoken = true;
    if (this.#waiter === undefined) return;
    this.#waiter.resolve(this.#takeItems());
    this.#waiter = undefined;
  }

  /** Tells the source what it need not keep for us. */
  confirm(lsn: bigint): void {
    if (lsn <= this.#flushed) return;
    this.#flushed = lsn;
    this.#sendStatus(false);
  }

  /** Ends reading in order: what was confirmed has arrived when this resolves. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#sendStatus(false);
    this.#connection?.stream.write(COPY_DONE);
    this.#connection?.stream.resume();
    const timer = setTimeout(() => this.fail(new Error('it did not end its replication')), END_DEADLINE_MS);
    await this.#ended.promise.finally(() => clearTimeout(timer));
  }

  fail(error: Error): void {
    clearInterval(this.#timer);
    this.#failure ??= error;
    this.#started.reject(error);
    this.#ended.reject(error);
    this.#waiter?.reject(error);
    this.#waiter = undefined;
  }

  handleCommandComplete(): void {
    // A server that shuts down says so, and goes.
    if (!this.#isEnding)
      this.fail(
        new ReplicatorError(
          'connection_lost',
          'The source ended its replication; run the same command again.',
        ),
      );
  }

  handleReadyForQuery(): void {
    clearInterval(this.#timer);
    this.#diversion?.end();
    this.#ended.resolve(undefined);
  }

  handleError(error: Error): void {
    this.fail(error);
  }

  #take(bytes: Buffer, start: number, end: number): void {
    if (bytes[start] === COPY_BOTH) {
      this.#started.resolve(undefined);
      return;
    }
    if (bytes[start] !== COPY_DATA) return this.#diversion?.pass(bytes, start, end);
    if (this.#isEnding || this.#failure !== undefined) return;
    try {
      this.#items.push(this.#decode(bytes, start + HEADER_LENGTH));
      this.#waitingBytes += end - start;
    } catch (error) {
      // Not the connection's fault: to read it once more would not help.
      this.fail(error instanceof ReplicatorError ? error : unreadable(error));
    }
  }

  #decode(bytes: Buffer, body: number): StreamItem {
    if (bytes[body] === WAL_DATA) return decodeMessage(bytes, body + WAL_DATA_HEADER_LENGTH);
    const walEnd = bytes.readBigUInt64BE(body + 1);
    this.#received = laterLsn(this.#received, walEnd);
    if (bytes[body + 17] === 1) this.#sendStatus(false);
    return { kind: 'keepalive', walEnd };
  }

  #deliver(): void {
    if (this.#waiter !== undefined && this.#items.length > 0) this.wake();
    if (this.#waitingBytes < MAX_WAITING_BYTES || this.#isPaused || this.#isEnding) return;
    this.#isPaused = true;
    this.#connection?.stream.pause();
  }

  #takeItems(): StreamItem[] {
    const items = this.#items;
    this.#items = [];
    this.#isWoken = false;
    this.#waitingBytes = 0;
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#connection?.stream.resume();
    }
    return items;
  }

  #sendStatus(wantsReply: boolean): void {
    const { stream } = this.#connection ?? {};
    if (stream === undefined || this.#failure !== undefined) return;
    const received = laterLsn(this.#received, this.#flushed);
    stream.write(encodeStatusUpdate({ received, flushed: this.#flushed, wantsReply }));
  }
}

function unreadable(error: unknown): ReplicatorError {
  return new ReplicatorError(
    'internal',
    'The source sent a change that cannot be read; report this as a defect.',
    { cause: error },
  );
}
