/**
 * The writing side: a session of the target to which statements are sent one after the other without waiting for their
 * answers. Rows travel as parameters, in the bytes in which they came. After an error the server passes over
 * everything up to the next Sync, and the session is of no more use: whatever was begun is rolled back with it.
 *
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import type pg from 'pg';
import { Deferred } from '../copy/deferred.ts';
import { divertMessages, type Diversion } from './divert-messages.ts';
import { HEADER_LENGTH } from './message-frames.ts';
import { OutputBuffer } from './output-buffer.ts';
import { parametersLength, writeParameters, type ChangedRow } from './bind-parameters.ts';
import type { Parameter, Statement } from './statement.ts';
import { readRowCount } from './read-row-count.ts';

/** What is asked for with a statement: `rows` must be what it affects; null for one that is not about rows. */
export interface Expectation<Context> {
  rows: number | null;
  context: Context;
}

export interface PipelineInput<Context> {
  /** All that was sent before a Sync is done. */
  onSync: () => void;
  /** A statement affected other rows than it was to. */
  onMismatch: (expectation: Expectation<Context>, rows: number) => void;
  /** The session is lost, the server refuses something, or `fail` was called; once. */
  onFailure: (error: Error) => void;
}

const code = (letter: string) => letter.charCodeAt(0);
const BIND = code('B');
const CLOSE = code('C');
const EXECUTE = code('E');
const FLUSH = code('H');
const PARSE = code('P');
const SYNC = code('S');
const COMMAND_COMPLETE = code('C');
const READY_FOR_QUERY = code('Z');
/** Parse, Bind and Close done, no rows, a row without columns. */
const QUIET = new Set(['1', '2', '3', 'n', 'D'].map(code));
/** Execute for the unnamed portal, all rows. */
const EXECUTE_ALL = Buffer.from([EXECUTE, 0, 0, 0, 9, 0, 0, 0, 0, 0]);
const FLUSH_MESSAGE = Buffer.from([FLUSH, 0, 0, 0, 4]);
const SYNC_MESSAGE = Buffer.from([SYNC, 0, 0, 0, 4]);
/** After so many answers what was expected is dropped. */
const MAX_ANSWERED = 4096;
/** What may wait in the socket to be sent. */
const MAX_WAITING_BYTES = 1024 * 1024;

export class Pipeline<Context> implements pg.Submittable {
  readonly #input: PipelineInput<Context>;
  readonly #finished = new Deferred<undefined>();
  #connection: pg.Connection | undefined;
  #diversion: Diversion | undefined;
  #output: OutputBuffer | undefined;
  #expected: Expectation<Context>[] = [];
  #answered = 0;
  #allAnswered: Deferred<undefined> | undefined;
  /** What is waited for, one thing at a time. A race with a failure that never comes would be kept by that for ever. */
  #awaited: Deferred<undefined> | undefined;
  #syncs = 0;
  #isFailed = false;
  #failure: Error | undefined;
  #isFinishing = false;

  constructor(input: PipelineInput<Context>) {
    this.#input = input;
  }

  /** All that was sent is answered. */
  get isIdle(): boolean {
    return this.#syncs === 0 && this.#isAnswered;
  }

  get #isAnswered(): boolean {
    return this.#answered === this.#expected.length;
  }

  /** The statement that the server is at, or failed at; undefined when it has answered all. */
  get current(): Expectation<Context> | undefined {
    return this.#expected[this.#answered];
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection;
    this.#output = new OutputBuffer(connection.stream);
    this.#diversion = divertMessages(connection, {
      onMessage: (bytes, start, end) => this.#take(bytes, start, end),
      onChunk: () => undefined,
    });
  }

  prepare({ name, sql }: Pick<Statement, 'name' | 'sql'>): void {
    const text = Buffer.from(`${name}\0${sql}\0\0\0`);
    this.#write(PARSE, text);
  }

  forget(name: string): void {
    this.#write(CLOSE, Buffer.from(`S${name}\0`));
  }

  /** Runs SQL without parameters. */
  run(sql: string, expectation: Expectation<Context>): void {
    this.prepare({ name: '', sql });
    this.execute({ name: Buffer.from([0]), parameters: [] }, [{ old: null, new: null }], expectation);
  }

  /** Runs a prepared statement for rows, each of which gives all parameters once. */
  execute(
    { name, parameters }: { name: Buffer; parameters: readonly Parameter[] },
    rows: readonly ChangedRow[],
    expectation: Expectation<Context>,
  ): void {
    const output = this.#out();
    output.byte(BIND);
    output.int32(4 + 1 + name.length + 2 + 2 + parametersLength(parameters, rows) + 2);
    output.byte(0);
    output.bytes(name);
    output.int16(0);
    output.int16(parameters.length * rows.length);
    for (const row of rows) writeParameters(output, parameters, row);
    output.int16(0);
    output.bytes(EXECUTE_ALL);
    this.#expected.push(expectation);
  }

  /** Ends a run of statements; `onSync` follows. */
  sync(): void {
    const output = this.#out();
    output.bytes(SYNC_MESSAGE);
    output.flush();
    this.#syncs += 1;
  }

  flush(): void {
    this.#output?.flush();
  }

  /** Resolves when the server has answered all that was sent, as it was to be answered. */
  async answered(): Promise<void> {
    const output = this.#out();
    output.bytes(FLUSH_MESSAGE);
    output.flush();
    if (!this.#isAnswered) {
      this.#allAnswered = new Deferred<undefined>();
      await this.#wait(this.#allAnswered);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when the target takes more. */
  async writable(): Promise<void> {
    const { stream } = this.#connection ?? {};
    if (stream === undefined || stream.writableLength < MAX_WAITING_BYTES) return;
    const drained = new Deferred<undefined>();
    const onDrain = () => drained.resolve(undefined);
    stream.once('drain', onDrain);
    try {
      await this.#wait(drained);
    } finally {
      stream.off('drain', onDrain);
    }
  }

  /** Waits for all answers and gives the session back. A transaction that is open stays open. */
  async finish(): Promise<void> {
    this.sync();
    this.#isFinishing = true;
    await this.#wait(this.#finished);
  }

  /** Why it failed. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  fail(error: Error): void {
    this.#isFailed = true;
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#awaited?.reject(error);
    this.#input.onFailure(error);
  }

  handleReadyForQuery(): void {
    this.#diversion?.end();
    this.#finished.resolve(undefined);
  }

  handleError(error: Error): void {
    this.fail(error);
  }

  async #wait(event: Deferred<undefined>): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#awaited = event;
    await event.promise;
    this.#awaited = undefined;
  }

  #take(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start] ?? 0;
    if (QUIET.has(kind) || this.#isFailed) return;
    if (kind === COMMAND_COMPLETE) {
      this.#complete(bytes, start + HEADER_LENGTH, end);
      return;
    }
    if (kind !== READY_FOR_QUERY) return this.#diversion?.pass(bytes, start, end);
    this.#syncs -= 1;
    if (this.#isFinishing && this.#syncs === 0) this.#diversion?.pass(bytes, start, end);
    else this.#input.onSync();
  }

  #complete(bytes: Buffer, start: number, end: number): void {
    const expectation = this.#expected[this.#answered];
    if (expectation === undefined) {
      this.fail(new Error('an answer came that nobody asked for'));
      return;
    }
    if (expectation.rows !== null) {
      const rows = readRowCount(bytes, start, end);
      if (rows !== expectation.rows) {
        this.#isFailed = true;
        this.#input.onMismatch(expectation, rows);
        return;
      }
    }
    this.#answered += 1;
    if (this.#isAnswered || this.#answered > MAX_ANSWERED) {
      this.#expected.splice(0, this.#answered);
      this.#answered = 0;
    }
    if (this.#isAnswered) this.#allAnswered?.resolve(undefined);
  }

  #write(kind: number, body: Buffer): void {
    const output = this.#out();
    output.byte(kind);
    output.int32(4 + body.length);
    output.bytes(body);
  }

  #out(): OutputBuffer {
    if (this.#output === undefined) throw new Error('the pipeline is not submitted yet');
    return this.#output;
  }
}
