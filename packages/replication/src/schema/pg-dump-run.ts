import type { LendInput } from './with-lent-connection.ts';

/** What both the embedded and a native pg_dump are run with, and what they give. */
export interface RunPgDumpInput extends LendInput {
  /** Options other than those of the connection and of the output. */
  args: readonly string[];
}

export interface PgDumpOutput {
  output: Buffer;
  /** What it wrote to its standard error without failing: warnings. */
  messages: string;
}

/** The port is part of a Unix socket's name. */
export const SOCKET_PORT = 5432;

/**
 * The options that make pg_dump connect to a Unix socket of ours. User and database are those of the lent
 * connection, whatever is named here; naming them keeps pg_dump from looking for them.
 */
export function clientArguments(socketDirectory: string): string[] {
  return [
    `--host=${socketDirectory}`,
    `--port=${SOCKET_PORT}`,
    '--username=lent',
    '--dbname=lent',
    '--no-password',
  ];
}
