/**
 * A COPY TO STDOUT whose CopyData messages go straight to another socket. From its submission to its end it stands
 * between the connection's socket and pg's parser: rows are diverted, everything else is passed on.
 */
import type { Writable } from 'node:stream';
import type pg from 'pg';
import { divertData } from '../session/divert-data.ts';
import { RecyclingSocket } from '../session/recycling-socket.ts';
import { Deferred } from './deferred.ts';
import { FrameSplitter } from './frame-splitter.ts';
import type { RateLimit } from './rate-limit.ts';

export interface CopyToInput {
  /** `COPY … TO STDOUT` */
  sql: string;
  destination: Writable;
  onBytes: (bytes: number) => void;
  rate: RateLimit;
}

export class CopyToQuery implements pg.Submittable {
  /** Resolves to the rows sent, all of them written to the destination. */
  readonly done: Promise<number>;
  readonly #input: CopyToInput;
  readonly #done = new Deferred<number>();
  #connection: pg.Connection | undefined;
  #endDiversion: (() => void) | undefined;
  #splitter: FrameSplitter | undefined;
  #rows = 0;
  /** Reasons not to read on: the destination does not take rows yet, is full, or the rate is used up. */
  #holds = 0;
  #isDone = false;

  constructor(input: CopyToInput) {
    this.#input = input;
    this.done = this.#done.promise;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether the destination has got a part of a message, and waits for the rest. */
  get isWithinMessage(): boolean {
    return this.#splitter?.isWithinCopyData === true;
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    this.#attach(connection);
    connection.query(this.#input.sql);
  }

  /** The destination takes rows now. Until this is called, what arrives stays in the socket. */
  flow(): void {
    this.#release();
  }

  handleCommandComplete(message: { text: string }): void {
    const rows = /^COPY (\d+)$/.exec(message.text)?.[1];
    if (rows !== undefined) this.#rows = Number(rows);
  }

  handleReadyForQuery(): void {
    this.#detach();
    this.#done.resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#detach();
    this.#done.reject(error);
  }

  #attach({ stream }: pg.Connection): void {
    let chunkBytes = 0;
    const splitter = new FrameSplitter({
      onCopyData: (bytes) => {
        // Of a chunk with something else in it pg may keep a part.
        const isWhole = bytes.length === chunkBytes;
        this.#forward(bytes, () => {
          if (isWhole && stream instanceof RecyclingSocket) stream.recycle(bytes);
        });
      },
      onOther: (bytes) => parse(bytes),
    });
    const { parse, end } = divertData(stream, (chunk) => {
      chunkBytes = chunk.length;
      splitter.push(chunk);
    });
    this.#splitter = splitter;
    this.#endDiversion = end;
    this.#hold();
  }

  #forward(bytes: Buffer, onWritten: () => void): void {
    const { destination, onBytes, rate } = this.#input;
    onBytes(bytes.length);
    if (!destination.write(bytes, onWritten) && destination.listenerCount('drain') === 0) {
      this.#hold();
      destination.once('drain', () => this.#release());
    }
    const delayMs = rate.take(bytes.length);
    if (delayMs > 0) {
      this.#hold();
      setTimeout(() => this.#release(), delayMs);
    }
  }

  #hold(): void {
    this.#holds += 1;
    this.#connection?.stream.pause();
  }

  #release(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && !this.#isDone) this.#connection?.stream.resume();
  }

  #detach(): void {
    this.#isDone = true;
    this.#endDiversion?.();
    this.#endDiversion = undefined;
    this.#connection?.stream.resume();
  }
}
