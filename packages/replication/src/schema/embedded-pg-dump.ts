/**
 * The pg_dump that comes with this program: release 18 compiled to WebAssembly, in a thread of its own because it
 * blocks while it waits for the server. This side answers its reads and writes from a lent connection.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { locateEmbeddedPgDump } from './embedded-pg-dump-files.ts';
import type { PgDumpExit, ThreadAnswer, ThreadInput, ThreadRequest } from './embedded-pg-dump-protocol.ts';
import type { LentConnection } from './lent-connection.ts';
import { clientArguments, type PgDumpOutput, type RunPgDumpInput } from './pg-dump-run.ts';
import { pgDumpError } from './pg-dump-error.ts';
import { withLentConnection } from './with-lent-connection.ts';

/** No server listens there: the connection is handed over below the level at which it would be looked up. */
const SOCKET_DIRECTORY = '/tmp';

/**
 * Runs the embedded pg_dump on a lent connection.
 *
 * @throws ReplicatorError `schema_dump_failed`, `permission_denied`, `connection_lost` or `cancelled`
 */
export async function runEmbeddedPgDump({ lend, args, signal }: RunPgDumpInput): Promise<PgDumpOutput> {
  const files = await locateEmbeddedPgDump();
  return withLentConnection({ lend, signal }, async (connection) => {
    const { port1: ours, port2: theirs } = new MessageChannel();
    const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
    const { module, wasm } = files;
    const allArgs = [...args, ...clientArguments(SOCKET_DIRECTORY)];
    const workerData: ThreadInput = { port: theirs, bell, module, wasm, args: allArgs };
    const worker = new Worker(files.thread, { workerData, transferList: [theirs], env: {} });
    try {
      const exit = await serve({ worker, port: ours, bell, connection, signal });
      if (exit.exitCode !== 0) throw pgDumpError(exit.messages, connection);
      return { output: Buffer.from(exit.output), messages: exit.messages };
    } finally {
      ours.close();
      await worker.terminate();
    }
  });
}

interface Conversation {
  worker: Worker;
  port: MessagePort;
  bell: Int32Array;
  connection: LentConnection;
  signal: AbortSignal;
}

/** Answers the thread's requests until pg_dump has ended. */
async function serve({ worker, port, bell, connection, signal }: Conversation): Promise<PgDumpExit> {
  const listeners = new AbortController();
  try {
    return await new Promise((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { signal: listeners.signal });
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread of pg_dump ended early')));
      port.on('message', (request: ThreadRequest) => {
        if (request.kind === 'exit') {
          resolve(request);
          return;
        }
        answer(request, connection).then((bytes) => {
          port.postMessage({ bytes } satisfies ThreadAnswer);
          Atomics.add(bell, 0, 1);
          Atomics.notify(bell, 0);
        }, reject);
      });
    });
  } finally {
    listeners.abort();
  }
}

async function answer(
  request: Exclude<ThreadRequest, PgDumpExit>,
  connection: LentConnection,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.kind === 'read') return receive(connection);
  // A connection that has broken says so when it is read.
  await new Promise<void>((resolve) => connection.write(request.bytes, () => resolve()));
  return new Uint8Array();
}

/** What the server sent, as soon as it sent something; nothing once it has ended. */
async function receive(connection: LentConnection): Promise<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const chunk = connection.read() as Buffer | null;
    if (chunk !== null) return Uint8Array.from(chunk);
    if (connection.readableEnded || connection.destroyed) return new Uint8Array();
    await change(connection);
  }
}

async function change(connection: LentConnection): Promise<void> {
  const events = ['readable', 'end', 'error', 'close'];
  return new Promise((resolve) => {
    const onChange = (): void => {
      for (const event of events) connection.off(event, onChange);
      resolve();
    };
    for (const event of events) connection.on(event, onChange);
  });
}
