import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrorCode } from './has-error-code.ts';
import { LocalServerError } from './local-server-error.ts';
import { pollUntil } from './poll-until.ts';
import type { SupervisorClient } from './supervisor-client.ts';
import type { Account } from './supervisor-protocol.ts';

const deadlineMs = 60_000;

interface Initialisation {
  installation: string;
  dataDirectory: string;
  password: string;
  account: Account | undefined;
  isThrowaway: boolean;
}

/** Whether initdb has run here. Refuses a directory that holds anything else. */
export async function isInitialised(dataDirectory: string): Promise<boolean> {
  const entries = await readdir(dataDirectory).catch((error: unknown): string[] => {
    if (hasErrorCode(error, 'ENOENT')) return [];
    throw error;
  });
  if (entries.length === 0) return false;
  if (entries.includes('PG_VERSION')) return true;
  const message = `${dataDirectory} is neither empty nor PostgreSQL's data. Empty it, or choose another directory.`;
  throw new LocalServerError('START_FAILED', message);
}

/**
 * Makes a data directory: UTF-8, no locale, everyone needs a password. initdb works beside it and the result is
 * renamed, so that an interrupted initdb never leaves half a data directory in its place.
 */
export async function initialiseDataDirectory(
  supervisor: SupervisorClient,
  input: Initialisation,
  signal?: AbortSignal,
): Promise<void> {
  const { dataDirectory, password, account } = input;
  const passwordFile = join(supervisor.directory, 'password');
  const unfinished = `${dataDirectory}.unfinished`;
  await mkdir(dirname(dataDirectory), { recursive: true });
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (account !== undefined) {
      await chown(unfinished, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    await runInitdb(supervisor, { ...input, dataDirectory: unfinished, passwordFile }, signal);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, dataDirectory);
}

async function runInitdb(
  supervisor: SupervisorClient,
  input: Initialisation & { passwordFile: string },
  signal?: AbortSignal,
): Promise<void> {
  const { installation, dataDirectory, passwordFile, account, isThrowaway } = input;
  const logFile = join(supervisor.directory, 'initdb.log');
  const initdb = await supervisor.start({
    program: join(installation, 'bin', 'initdb'),
    args: [
      ...['--pgdata', dataDirectory, '--pwfile', passwordFile, '--username', 'postgres'],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale'],
      ...(isThrowaway ? ['--no-sync'] : []),
    ],
    account,
    logFile,
    // Finishes its step first. The servers that it runs would not remove their shared memory if they were killed.
    lastSignal: 'SIGTERM',
  });
  await pollUntil(async () => initdb.exit !== undefined, { what: 'initdb to finish', deadlineMs, signal });
  if (initdb.exit?.code === 0) return;
  const runner = account === undefined ? 'initdb' : `initdb, run as uid ${account.uid} because root may not,`;
  const log = await readFile(logFile, 'utf8');
  throw new LocalServerError('START_FAILED', `${runner} could not make ${dataDirectory}:\n${log.trimEnd()}`);
}
