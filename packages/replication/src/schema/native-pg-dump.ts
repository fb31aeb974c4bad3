/**
 * A pg_dump of this machine, on a lent connection: it connects to a Unix socket of ours in a directory that only
 * this user can enter, and its bytes go from there to the connection and back. Its arguments and environment hold
 * nothing about the real server.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { LentConnection } from './lent-connection.ts';
import { pgDumpError } from './pg-dump-error.ts';
import { clientArguments, SOCKET_PORT, type PgDumpOutput, type RunPgDumpInput } from './pg-dump-run.ts';
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
  const ended = exitOf(program);
  const [output, messages, exit] = await Promise.all([
    collect(program.stdout),
    collect(program.stderr),
    ended,
  ]);
  if (exit !== 'exit code 0') {
    throw pgDumpError(messages.length > 0 ? messages.toString('utf8') : exit, connection);
  }
  return { output, messages: messages.toString('utf8') };
}

async function exitOf(program: ChildProcess): Promise<string> {
  const [code, signalName] = (await once(program, 'close').catch(throwUnstarted)) as [
    number | null,
    string | null,
  ];
  return code === null ? `killed by ${signalName ?? 'a signal'}` : `exit code ${code}`;
}

function throwUnstarted(error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error);
  throw new ReplicatorError(
    'schema_dump_failed',
    `The pg_dump of this machine could not be run: ${reason}; mend or remove it, or use the embedded one.`,
    { cause: error },
  );
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
