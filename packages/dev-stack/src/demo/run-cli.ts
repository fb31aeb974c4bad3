import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RunningStack } from './start-stack.ts';

export interface CliInput {
  stack: RunningStack;
  sourceUrl: string;
  targetUrl: string;
  signal: AbortSignal;
}

/** Runs the command line as a user would, with its output shown as it comes. Resolves to its exit code. */
export async function runCli(arguments_: readonly string[], input: CliInput): Promise<number> {
  process.stdout.write(`\n$ seren-replicator ${arguments_.join(' ')}\n`);
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '../../../cli/dist/cli.js'), ...arguments_],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
      signal: input.signal,
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        TERM: process.env['TERM'],
        NO_COLOR: process.env['NO_COLOR'],
        SEREN_REMOTE_API: input.stack.remoteApi,
        SEREN_REMOTE_API_KEY: input.stack.apiKey,
        SEREN_SOURCE_URL: input.sourceUrl,
        SEREN_TARGET_URL: input.targetUrl,
      },
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
