import { randomBytes } from 'node:crypto';
import { chown, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { initialiseDataDirectory, isInitialised } from './initialise-data-directory.ts';
import { launchPostgres, type PostgresLaunch } from './launch-postgres.ts';
import { locatePostgres } from './locate-postgres.ts';
import { chooseSettings, type PostgresOptions, type PostgresSettings } from './postgres-options.ts';
import { reachableInstallation, serverAccount } from './server-account.ts';
import type { ListeningServer } from './start-on-port.ts';
import { startSupervisor } from './start-supervisor.ts';
import type { SupervisorClient } from './supervisor-client.ts';
import type { StopSignals } from './supervisor-protocol.ts';

/** Fast shutdown cuts clients off and writes a checkpoint; immediate shutdown leaves that to the next start. */
const fastShutdown: StopSignals = [
  { signal: 'SIGINT', deadlineMs: 5_000 },
  { signal: 'SIGQUIT', deadlineMs: 5_000 },
];
const immediateShutdown: StopSignals = [{ signal: 'SIGQUIT', deadlineMs: 5_000 }];

export interface PostgresServer {
  readonly port: number;
  /** Of the server's main process; another one after `restart`. */
  readonly pid: number;
  readonly password: string;
  readonly dataDirectory: string;
  /** Where the server's Unix socket is. */
  readonly socketDirectory: string;
  /** What the server logged since `startPostgres`. */
  readonly logFile: string;
  /** A connection URL of the superuser `postgres` for a database, which is `postgres` when left out. */
  url(database?: string): string;
  /** Puts a file into the data directory that the server alone may read, as it asks of its key and `pg_hba.conf`. */
  writeFile(name: string, text: string): Promise<void>;
  /** Cuts everybody off as a crash does, with recovery at the next start. Keeps the data directory. */
  kill(): Promise<void>;
  /** Starts the server again on the same port and data, stopping it first if it runs; settings add to the first ones. */
  restart(settings?: PostgresSettings): Promise<void>;
  /** Ends the server, and its data directory if that was a temporary one. May be called again. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL server on 127.0.0.1 that takes connections when this resolves. It ends with this process at
 * the latest, however that ends. Rejects with the end of the server's log, or with the signal's reason.
 */
export async function startPostgres(
  options: PostgresOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<PostgresServer> {
  signal?.throwIfAborted();
  const installed = locatePostgres(options.major);
  const account = serverAccount();
  const supervisor = await startSupervisor('seren-postgres', account);
  try {
    const { directory } = supervisor;
    const installation = await reachableInstallation(installed, { directory, account });
    const dataDirectory = resolve(options.dataDirectory ?? join(directory, 'data'));
    const password = options.password ?? randomBytes(16).toString('hex');
    if (!(await isInitialised(dataDirectory))) {
      const isThrowaway = options.dataDirectory === undefined;
      const directories = { installation, dataDirectory };
      await initialiseDataDirectory(supervisor, { ...directories, password, account, isThrowaway }, signal);
    }
    const launch: PostgresLaunch = {
      installation,
      dataDirectory,
      settings: chooseSettings(options),
      account,
      logFile: join(directory, 'postgres.log'),
      port: options.port,
    };
    const launched = await launchPostgres(supervisor, launch, signal);
    return controlPostgres(supervisor, { launch, password, launched });
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

function controlPostgres(
  supervisor: SupervisorClient,
  { launch, password, launched }: { launch: PostgresLaunch; password: string; launched: ListeningServer },
): PostgresServer {
  const { port } = launched;
  let { server } = launched;
  let { settings } = launch;
  let stopping: Promise<void> | undefined;
  return {
    port,
    password,
    dataDirectory: launch.dataDirectory,
    socketDirectory: supervisor.directory,
    logFile: launch.logFile,
    get pid() {
      return server.pid;
    },
    url: (database = 'postgres') =>
      `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    writeFile: async (name, text) => {
      const path = join(launch.dataDirectory, name);
      await writeFile(path, text, { mode: 0o600 });
      const { account } = launch;
      if (account !== undefined) await chown(path, account.uid, account.gid);
    },
    kill: () => server.stop(immediateShutdown),
    restart: async (changes) => {
      await server.stop(fastShutdown);
      settings = { ...settings, ...changes };
      ({ server } = await launchPostgres(supervisor, { ...launch, settings, port }));
    },
    stop: () => (stopping ??= server.stop(fastShutdown).finally(() => supervisor.close())),
  };
}
