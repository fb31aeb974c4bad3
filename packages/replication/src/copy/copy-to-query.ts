/**
 * A COPY TO STDOUT whose CopyData messages go straight to another socket. From its submission to its end it stands
 * between the connection's socket and pg's parser: rows are diverted, everything else is passed on.
 */
import type { Writable } from 'node:stream';
import type pg from 'pg';
import { Deferred } from './deferred.ts';
import { FrameSplitter } from './frame-splitter.ts';

type DataListener = (chunk: Buffer) => void;

export class CopyToQuery implements pg.Submittable {
  /** Resolves to the rows sent, all of them written to the destination. */
  readonly done: Promise<number>;
  readonly #sql: string;
  readonly #destination: Writable;
  readonly #onBytes: (bytes: number) => void;
  readonly #done = new Deferred<number>();
  #connection: pg.Connection | undefined;
  #parse: DataListener | undefined;
  #divert: DataListener | undefined;
  #rows = 0;
  #isFlowing = false;
  #isDone = false;

  constructor(sql: string, destination: Writable, onBytes: (bytes: number) => void) {
    this.#sql = sql;
    this.#destination = destination;
    this.#onBytes = onBytes;
    this.done = this.#done.promise;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    this.#attach(connection);
    connection.query(this.#sql);
  }

  /** The destination takes rows now. Until this is called, what arrives stays in the socket. */
  flow(): void {
    this.#isFlowing = true;
    this.#connection?.stream.resume();
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

  #attach(connection: pg.Connection): void {
    const { stream } = connection;
    const [parse] = stream.listeners('data') as DataListener[];
    if (parse === undefined) throw new Error('pg does not listen to its socket');
    this.#parse = parse;
    const splitter = new FrameSplitter({
      onCopyData: (bytes) => this.#forward(stream, bytes),
      onOther: parse,
    });
    this.#divert = (chunk) => splitter.push(chunk);
    stream.off('data', parse);
    stream.on('data', this.#divert);
    if (!this.#isFlowing) stream.pause();
  }

  #forward(stream: pg.Connection['stream'], bytes: Buffer): void {
    this.#onBytes(bytes.length);
    if (this.#destination.write(bytes) || stream.isPaused()) return;
    stream.pause();
    this.#destination.once('drain', () => stream.resume());
  }

  #detach(): void {
    this.#isDone = true;
    const stream = this.#connection?.stream;
    if (stream === undefined || this.#parse === undefined || this.#divert === undefined) return;
    stream.off('data', this.#divert);
    stream.on('data', this.#parse);
    this.#divert = undefined;
    stream.resume();
  }
}
