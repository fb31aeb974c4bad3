/**
 * The process in which the embedded pg_dump runs: started by `runEmbeddedPgDump` and by nobody else. It hosts the
 * Emscripten module, gives it two socket callbacks that block on standard input and output, runs pg_dump's `main` once
 * and writes the dump to file descriptor 3. It knows no address and opens no connection.
 *
 * Nothing here may touch process.stdin or process.stdout, nor import from node:process, which does: that makes the
 * descriptors non-blocking.
 */
import { readSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { locateEmbeddedModule } from './embedded-pg-dump-module.ts';

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

const FROM_SERVER = 0;
const TO_SERVER = 1;
const MESSAGES = 2;
const OUTPUT = 3;
const OUTPUT_FILE = '/tmp/pg_dump.out';
/** Emscripten's notation: takes two 32-bit integers, returns one. */
const CALLBACK_SIGNATURE = 'iii';
/** libpq's look for its own program file, which does not exist here. */
const NO_PROGRAM_FILE = 'could not find a "pg_dump" to execute';

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(descriptor, bytes, written, bytes.length - written);
  }
}

function connect(pgDump: PgDumpModule): void {
  // HEAPU8 is looked up anew each time: memory that grows gets another buffer. 0 bytes: the server is gone.
  const read = (pointer: number, size: number): number =>
    readSync(FROM_SERVER, pgDump.HEAPU8, pointer, size, null);
  const write = (pointer: number, size: number): number => {
    writeAll(TO_SERVER, pgDump.HEAPU8.subarray(pointer, pointer + size));
    return size;
  };
  pgDump._pgl_set_rw_cbs(
    pgDump.addFunction(read, CALLBACK_SIGNATURE),
    pgDump.addFunction(write, CALLBACK_SIGNATURE),
  );
}

async function runPgDump(args: string[]): Promise<number> {
  const { module, wasm } = await locateEmbeddedModule();
  const hear = (text: string): void => {
    if (text !== NO_PROGRAM_FILE) writeAll(MESSAGES, Buffer.from(`${text}\n`));
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
  if (pgDump.FS.analyzePath(OUTPUT_FILE).exists) writeAll(OUTPUT, pgDump.FS.readFile(OUTPUT_FILE));
  return exitCode;
}

try {
  process.exit(await runPgDump(process.argv.slice(2)));
} catch (error) {
  // The message alone: the stack names the module by its URL, which may hold all of its source.
  writeAll(MESSAGES, Buffer.from(error instanceof Error ? error.message : String(error)));
  process.exit(1);
}
