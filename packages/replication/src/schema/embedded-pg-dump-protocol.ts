/**
 * What the thread that runs pg_dump and the thread that holds the connection say to each other. pg_dump's socket
 * calls are synchronous, so each of them is a request that its thread sleeps on until an answer lies in the message
 * port. One request is under way at a time, which is all the flow control that is needed.
 */
import type { MessagePort } from 'node:worker_threads';

export interface ThreadInput {
  readonly port: MessagePort;
  /** One counter in shared memory, raised after each answer: what the thread sleeps on. */
  readonly bell: Int32Array;
  /** URL of the Emscripten module. */
  readonly module: string;
  /** Path of the WebAssembly. */
  readonly wasm: string;
  readonly args: readonly string[];
}

export type ThreadRequest =
  { readonly kind: 'read' } | { readonly kind: 'write'; readonly bytes: Uint8Array } | PgDumpExit;

/** pg_dump has ended. Not answered. */
export interface PgDumpExit {
  readonly kind: 'exit';
  readonly exitCode: number;
  readonly output: Uint8Array;
  /** What it wrote to its standard error. */
  readonly messages: string;
}

export interface ThreadAnswer {
  /** To a read: some bytes from the server, none when the connection has ended. To a write: none. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}
