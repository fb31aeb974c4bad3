/**
 * A pg_dump of this machine, on a lent connection: it connects to a Unix socket of ours in a directory that only
 * this user can enter, and its bytes go from there to the connection and back. Its arguments and environment hold
 * nothing about the real server.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import type { LentConnection } from './lent-connection.ts';
import { clientArguments, SOCKET_PORT, type PgDumpOutput, type RunPgDumpInput } from './pg-dump-run.ts';
import { outputOf } from './run-pg-dump-program.ts';
import { withLentConnection } from './with-lent-connection.ts';

export interface RunNativePgDumpInput extends RunPgDumpInput {
  /** Path of the program. */
  executable: string;
  /** The environment variable PATH, for a pg_dump that is a script. */
  path: string;
}

/**
 * @throws ReplicatorError `schema_dump_failed`, `permission_denied`, `connection_lost` or `cancelled`
 */
export async function runNativePgDump(input: RunNativePgDumpInput): Promise<PgDumpOutput> {
  return withLentConnection(input, async (connection) => {
    const directory = await mkdtemp(join(tmpdir(), 'seren-pg-dump-')); // of mode 0700
    const server = serveOnce(connection);
    try {
      server.listen(join(directory, `.s.PGSQL.${SOCKET_PORT}`));
      await once(server, 'listening', { signal: input.signal });
      return await runProgram(input, directory, connection);
    } finally {
      server.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
}

/** Gives the connection to the first who comes. pg_dump comes once: without --jobs it works on one connection. */
function serveOnce(connection: LentConnection): Server {
  const server = createServer((client) => {
    server.close();
    // Either side's end or error destroys both, which pg_dump reports in its own words.
    pipeline(client, connection, client, () => undefined);
  });
  return server;
}

async function runProgram(
  { executable, path, args, signal }: RunNativePgDumpInput,
  directory: string,
  connection: LentConnection,
): Promise<PgDumpOutput> {
  const program = spawn(executable, [...args, ...clientArguments(directory)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not the user's environment: PGOPTIONS and the like would speak to a server that is not there.
    env: { PATH: path, LC_ALL: 'C', PGPASSFILE: join(directory, 'no-passwords') },
    signal,
    killSignal: 'SIGKILL',
  });
  const [, output, messages] = program.stdio;
  return outputOf({ process: program, output, messages }, connection);
}
