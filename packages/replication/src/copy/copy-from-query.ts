/** A query with a COPY FROM STDIN in it, whose CopyData messages somebody else writes to the socket. */
import type pg from 'pg';
import { Deferred } from './deferred.ts';

/** CopyDone, and a CopyFail without a message. */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_FAIL = Buffer.from([0x66, 0, 0, 0, 5, 0]);

export class CopyFromQuery implements pg.Submittable {
  /** Resolves when the server wants rows; rejects when it will not. */
  readonly ready: Promise<undefined>;
  /** Resolves to the rows taken when the whole query is done. */
  readonly done: Promise<number>;
  readonly #sql: string;
  readonly #ready = new Deferred<undefined>();
  readonly #done = new Deferred<number>();
  #connection: pg.Connection | undefined;
  #rows = 0;
  #isTakingRows = false;

  constructor(sql: string) {
    this.#sql = sql;
    this.ready = this.#ready.promise;
    this.done = this.#done.promise;
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    connection.query(this.#sql);
  }

  /** No more rows. */
  finish(): void {
    this.#end(COPY_DONE);
  }

  /** The rows are not complete: nothing of them may stay. */
  fail(): void {
    this.#end(COPY_FAIL);
  }

  handleCopyInResponse(): void {
    this.#isTakingRows = true;
    this.#ready.resolve(undefined);
  }

  handleCommandComplete(message: { text: string }): void {
    const rows = /^COPY (\d+)$/.exec(message.text)?.[1];
    if (rows !== undefined) this.#rows = Number(rows);
  }

  /** Of the statements around the COPY: nobody asked for what they answer. */
  handleRowDescription(): void {}

  handleDataRow(): void {}

  handleReadyForQuery(): void {
    this.#ready.reject(new Error('the query ended without wanting rows'));
    this.#done.resolve(this.#rows);
  }

  handleError(error: Error): void {
    this.#isTakingRows = false;
    this.#ready.reject(error);
    this.#done.reject(error);
  }

  #end(message: Buffer): void {
    // Before the server wants rows it would take the message for a mistake, after an error it passes it over.
    void this.ready.then(
      () => {
        if (!this.#isTakingRows) return;
        this.#isTakingRows = false;
        this.#connection?.stream.write(message);
      },
      () => undefined,
    );
  }
}
