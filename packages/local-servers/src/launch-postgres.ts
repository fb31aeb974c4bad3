import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePort, isPortFree } from './find-free-port.ts';
import { hasErrorCode } from './has-error-code.ts';
import { LocalServerError } from './local-server-error.ts';
import { pollUntil } from './poll-until.ts';
import type { PostgresSettings } from './postgres-options.ts';
import type { SupervisedProcess, Supervisor } from './start-supervisor.ts';
import type { Account } from './supervisor-protocol.ts';

/** Long enough for crash recovery in a data directory that was in use. */
const readyDeadlineMs = 60_000;
const portAttempts = 5;
const shownLogLines = 20;

export interface PostgresLaunch {
  installation: string;
  dataDirectory: string;
  settings: PostgresSettings;
  account: Account | undefined;
  logFile: string;
}

/** Starts a server on the port, or on a free one, and waits until it takes connections. */
export async function launchPostgres(
  supervisor: Supervisor,
  launch: PostgresLaunch & { port: number | undefined },
  signal?: AbortSignal,
): Promise<{ server: SupervisedProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = launch.port ?? (await findFreePort());
    const server = await startServer(supervisor, { ...launch, port });
    await pollUntil(
      async () => server.exit !== undefined || (await isReady(launch.dataDirectory, server.pid)),
      {
        what: 'PostgreSQL to accept connections',
        deadlineMs: readyDeadlineMs,
        signal,
      },
    );
    if (server.exit === undefined) return { server, port };
    // Somebody took the free port between finding and binding it: another one will do.
    const hasLostPort = launch.port === undefined && !(await isPortFree(port));
    if (hasLostPort && attempt < portAttempts) continue;
    const log = (await readFile(launch.logFile, 'utf8')).trimEnd().split('\n').slice(-shownLogLines);
    throw new LocalServerError(
      'START_FAILED',
      `PostgreSQL did not start on port ${port} with ${launch.dataDirectory}:\n${log.join('\n')}`,
    );
  }
}

async function startServer(
  supervisor: Supervisor,
  { installation, dataDirectory, settings, account, logFile, port }: PostgresLaunch & { port: number },
): Promise<SupervisedProcess> {
  const all: PostgresSettings = { unix_socket_directories: supervisor.directory, ...settings, port };
  return supervisor.start({
    program: join(installation, 'bin', 'postgres'),
    args: [
      '-D',
      dataDirectory,
      ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    account,
    logFile,
    lastSignal: 'SIGQUIT',
  });
}

/**
 * Line 1 of postmaster.pid is the process that wrote it, line 8 its state: this is how pg_ctl waits, and unlike a
 * connection it cannot be another server's answer. See src/include/utils/pidfile.h in PostgreSQL.
 */
async function isReady(dataDirectory: string, pid: number): Promise<boolean> {
  const file = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return '';
    throw error;
  });
  const lines = file.split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}
