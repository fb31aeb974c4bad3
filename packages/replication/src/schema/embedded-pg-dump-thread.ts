/**
 * The thread in which the embedded pg_dump runs: entry point of a worker, started by `runEmbeddedPgDump` and by
 * nobody else. It hosts the Emscripten module, gives it the two socket callbacks, runs pg_dump's `main` once and
 * sends back what it wrote. It knows no address and opens no connection.
 */
import { readFile } from 'node:fs/promises';
import { receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { ThreadAnswer, ThreadInput, ThreadRequest } from './embedded-pg-dump-protocol.ts';

/** The part of Emscripten's module that is used. https://emscripten.org/docs/api_reference/module.html */
interface PgDumpModule {
  readonly HEAPU8: Uint8Array;
  readonly FS: { readFile(path: string): Uint8Array; analyzePath(path: string): { exists: boolean } };
  addFunction(callback: (pointer: number, length: number) => number, signature: string): number;
  /** Has pg_dump's socket calls go to two callbacks: (buffer, size) → bytes read; (bytes, size) → bytes written. */
  _pgl_set_rw_cbs(read: number, write: number): void;
  callMain(args: string[]): number;
}

type CreateModule = (overrides: object) => Promise<PgDumpModule>;

const { port, bell, module, wasm, args } = workerData as ThreadInput;
const OUTPUT_FILE = '/tmp/pg_dump.out';
/** Emscripten's notation: takes two 32-bit integers, returns one. */
const CALLBACK_SIGNATURE = 'iii';
/** libpq's look for its own program file, which does not exist here. */
const NO_PROGRAM_FILE = 'could not find a "pg_dump" to execute';

/** Sends a request and sleeps until its answer is there. */
function ask(request: ThreadRequest): ThreadAnswer {
  port.postMessage(request);
  for (;;) {
    const rung = Atomics.load(bell, 0);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message as ThreadAnswer;
    Atomics.wait(bell, 0, rung);
  }
}

function connect(pgDump: PgDumpModule): void {
  /** What the server sent and pg_dump has not read yet. */
  let unread = new Uint8Array();
  const read = (pointer: number, size: number): number => {
    if (unread.length === 0) unread = ask({ kind: 'read' }).bytes;
    const taken = unread.subarray(0, size);
    pgDump.HEAPU8.set(taken, pointer);
    unread = unread.subarray(taken.length);
    return taken.length;
  };
  const write = (pointer: number, size: number): number => {
    // HEAPU8 is looked up anew each time: memory that grows gets another buffer.
    ask({ kind: 'write', bytes: pgDump.HEAPU8.slice(pointer, pointer + size) });
    return size;
  };
  pgDump._pgl_set_rw_cbs(
    pgDump.addFunction(read, CALLBACK_SIGNATURE),
    pgDump.addFunction(write, CALLBACK_SIGNATURE),
  );
}

async function runPgDump(): Promise<ThreadRequest> {
  const messages: string[] = [];
  const hear = (text: string): void => {
    if (text !== NO_PROGRAM_FILE) messages.push(text);
  };
  const { default: createModule } = (await import(module)) as { default: CreateModule };
  let exitCode = 0;
  const pgDump = await createModule({
    wasmBinary: await readFile(wasm),
    locateFile: () => wasm,
    thisProgram: 'pg_dump',
    noExitRuntime: false,
    print: hear,
    printErr: hear,
    onExit: (status: number) => {
      exitCode = status;
    },
  });
  connect(pgDump);
  pgDump.callMain([...args, `--file=${OUTPUT_FILE}`]);
  const { exists } = pgDump.FS.analyzePath(OUTPUT_FILE);
  const output = exists ? pgDump.FS.readFile(OUTPUT_FILE) : new Uint8Array();
  return { kind: 'exit', exitCode, output, messages: messages.join('\n') };
}

try {
  port.postMessage(await runPgDump());
} catch (error) {
  // The message alone: the stack names the module by its URL, which may hold all of its source.
  const messages = error instanceof Error ? error.message : String(error);
  port.postMessage({ kind: 'exit', exitCode: 1, output: new Uint8Array(), messages } satisfies ThreadRequest);
}
// The other side ends this thread. If it ended by itself, the news of it could overtake the message.
port.on('message', () => undefined);
