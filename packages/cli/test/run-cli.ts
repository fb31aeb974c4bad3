/** The command line as a process, from its sources, in an environment of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const cliSource = join(import.meta.dirname, '../src/cli.ts');

/** What npm users run. */
export const bundledCli = join(import.meta.dirname, '../dist/cli.js');

const LONGEST_RUN_MS = 45_000;

export interface CliEnd {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface CliProcess {
  child: ChildProcess;
  /** Resolves once standard error holds the text; rejects if the process ends without it. */
  untilStderr: (text: string) => Promise<void>;
  end: Promise<CliEnd>;
}

/** `env` is all there is, but for what Node.js itself needs; the home directory is empty unless it is given. */
export function startCli(args: readonly string[], env: Record<string, string> = {}): CliProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cliSource, ...args], {
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Before the test runs out of its time, so that it can tidy up.
    timeout: LONGEST_RUN_MS,
    killSignal: 'SIGKILL',
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.stderr += chunk));
  const end = once(child, 'close').then(() => ({ exitCode: child.exitCode, ...text }));
  const untilStderr = async (wanted: string): Promise<void> => {
    const ended = end.then(() => 'ended' as const);
    while (!text.stderr.includes(wanted)) {
      const what = await Promise.race([once(child.stderr, 'data'), ended]);
      if (what === 'ended' && !text.stderr.includes(wanted)) {
        throw new Error(`ended without "${wanted}": ${text.stderr}`);
      }
    }
  };
  return { child, untilStderr, end };
}

export function runCli(args: readonly string[], env: Record<string, string> = {}): Promise<CliEnd> {
  return startCli(args, env).end;
}

/** Gives `use` a directory that is gone afterwards. */
export async function withDirectory<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'seren-cli-test-'));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
