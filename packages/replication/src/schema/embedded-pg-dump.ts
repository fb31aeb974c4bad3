/**
 * The pg_dump that comes with this program: release 18 compiled to WebAssembly, in a process of its own, because it
 * blocks while it waits for the server, and because its memory is given back when it is done. The server's bytes come
 * in on its standard input and its own go out on its standard output: both are pipes to a lent connection.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { clientArguments, type PgDumpOutput, type RunPgDumpInput } from './pg-dump-run.ts';
import { outputOf } from './run-pg-dump-program.ts';
import { withLentConnection } from './with-lent-connection.ts';

/** No server listens there: the connection is handed over below the level at which it would be looked up. */
const SOCKET_DIRECTORY = '/tmp';
/** Most dumps end before code that is compiled for speed has paid for its compiling. https://v8.dev/docs/wasm-compilation-pipeline */
const COMPILE_ONCE = '--liftoff-only';

/**
 * Runs the embedded pg_dump on a lent connection.
 *
 * @throws ReplicatorError `schema_dump_failed`, `permission_denied`, `connection_lost` or `cancelled`
 */
export async function runEmbeddedPgDump({ lend, args, signal }: RunPgDumpInput): Promise<PgDumpOutput> {
  return withLentConnection({ lend, signal }, async (connection) => {
    const program = spawn(
      process.execPath,
      [COMPILE_ONCE, locateProgram(), ...args, ...clientArguments(SOCKET_DIRECTORY)],
      {
        stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
        env: {},
        signal,
        killSignal: 'SIGKILL',
      },
    );
    // The types know of three descriptors only.
    const { stdin, stdout, stderr } = program;
    const output = program.stdio[3] as Readable;
    // Either side's end or error destroys both, which pg_dump reports in its own words.
    pipeline(stdout, connection, stdin, () => undefined);
    return outputOf({ process: program, output, messages: stderr }, connection);
  });
}

/**
 * In a bundle the program lies beside the bundle's entry point, where scripts/bundle.ts puts it, while this code may be
 * in its `chunks/`; in a checkout it is a `.ts` file beside this one.
 */
function locateProgram(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundled = [here, dirname(here)].map((directory) => join(directory, 'embedded-pg-dump-program.js'));
  return bundled.find((path) => existsSync(path)) ?? join(here, 'embedded-pg-dump-program.ts');
}
