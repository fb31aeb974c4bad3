import { chown, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from './has-error-code.ts';
import { LocalServerError } from './local-server-error.ts';
import { pollUntil } from './poll-until.ts';
import type { Supervisor } from './start-supervisor.ts';
import type { Account } from './supervisor-protocol.ts';

const deadlineMs = 60_000;

/** Whether initdb has run here: a server starts in such a directory, and initdb refuses it. */
export async function isInitialised(dataDirectory: string): Promise<boolean> {
  const version = await stat(join(dataDirectory, 'PG_VERSION')).catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  return version !== undefined;
}

/** Runs initdb: UTF-8, no locale, everyone needs a password. */
export async function initialiseDataDirectory(
  supervisor: Supervisor,
  input: {
    installation: string;
    dataDirectory: string;
    password: string;
    account: Account | undefined;
  },
  signal?: AbortSignal,
): Promise<void> {
  const { installation, dataDirectory, password, account } = input;
  const logFile = join(supervisor.directory, 'initdb.log');
  const passwordFile = join(supervisor.directory, 'password');
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (account !== undefined) {
      await chown(dataDirectory, account.uid, account.gid);
      await chown(passwordFile, account.uid, account.gid);
    }
    const initdb = await supervisor.start({
      program: join(installation, 'bin', 'initdb'),
      args: [
        ...['--pgdata', dataDirectory, '--pwfile', passwordFile, '--username', 'postgres'],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-locale', '--no-sync'],
      ],
      account,
      logFile,
      lastSignal: 'SIGKILL',
    });
    await pollUntil(async () => initdb.exit !== undefined, { what: 'initdb to finish', deadlineMs, signal });
    if (initdb.exit?.code !== 0) {
      throw new LocalServerError(
        'START_FAILED',
        `initdb could not initialise ${dataDirectory}:\n${await readFile(logFile, 'utf8')}`,
      );
    }
  } finally {
    await rm(passwordFile, { force: true });
  }
}
