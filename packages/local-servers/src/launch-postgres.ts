import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from './has-error-code.ts';
import type { PostgresSettings } from './postgres-options.ts';
import { startOnPort, type ListeningServer } from './start-on-port.ts';
import type { SupervisorClient } from './supervisor-client.ts';
import type { Account } from './supervisor-protocol.ts';

/** Long enough for crash recovery in a data directory that was in use. */
const readyDeadlineMs = 60_000;

export interface PostgresLaunch {
  installation: string;
  dataDirectory: string;
  settings: PostgresSettings;
  account: Account | undefined;
  logFile: string;
  port: number | undefined;
}

/** Starts a server in an initialised data directory and waits until it takes connections. */
export async function launchPostgres(
  supervisor: SupervisorClient,
  { installation, dataDirectory, settings, account, logFile, port }: PostgresLaunch,
  signal?: AbortSignal,
): Promise<ListeningServer> {
  const settingsFor = (chosenPort: number) =>
    Object.entries({ ...settings, unix_socket_directories: supervisor.directory, port: chosenPort });
  return startOnPort(
    supervisor,
    {
      name: `PostgreSQL with ${dataDirectory}`,
      port,
      commandFor: (chosenPort) => ({
        program: join(installation, 'bin', 'postgres'),
        args: [
          ...['-D', dataDirectory],
          ...settingsFor(chosenPort).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
        ],
        account,
        logFile,
        lastSignal: 'SIGQUIT',
      }),
      isReady: (pid) => isReady(dataDirectory, pid),
      readyDeadlineMs,
    },
    signal,
  );
}

/**
 * Line 1 of postmaster.pid is the process that wrote it, line 8 its state: this is how pg_ctl waits. See
 * src/include/utils/pidfile.h in PostgreSQL.
 */
async function isReady(dataDirectory: string, pid: number): Promise<boolean> {
  const file = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch((error: unknown) => {
    if (hasErrorCode(error, 'ENOENT')) return '';
    throw error;
  });
  const lines = file.split('\n');
  return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
}
