import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { LentConnection } from './lent-connection.ts';
import { pgDumpError } from './pg-dump-error.ts';
import type { PgDumpOutput } from './pg-dump-run.ts';

/** A pg_dump that has been spawned. */
export interface PgDumpProgram {
  process: ChildProcess;
  /** Where its dump comes out. */
  output: Readable;
  /** Where its messages come out. */
  messages: Readable;
}

/**
 * Waits for a pg_dump to end and gives what it wrote.
 *
 * @throws ReplicatorError `schema_dump_failed`, `permission_denied` or `connection_lost`
 */
export async function outputOf(program: PgDumpProgram, connection: LentConnection): Promise<PgDumpOutput> {
  const [output, messages, exit] = await Promise.all([
    collect(program.output),
    collect(program.messages),
    exitOf(program.process),
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
    `pg_dump could not be run: ${reason}; mend or remove the one on PATH, or run the same command again.`,
    { cause: error },
  );
}

async function collect(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
