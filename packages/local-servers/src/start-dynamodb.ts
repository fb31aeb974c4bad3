import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { findFreePort, isPortFree } from './find-free-port.ts';
import { LocalServerError } from './local-server-error.ts';
import { pollUntil } from './poll-until.ts';
import { startSupervisor, type SupervisedProcess, type Supervisor } from './start-supervisor.ts';

const require = createRequire(import.meta.url);
const readyDeadlineMs = 15_000;
const stopDeadlineMs = 5_000;
const portAttempts = 5;

export interface DynamoDbOptions {
  /** Where tables outlive the server. In memory when left out. */
  dataDirectory?: string;
  /** A free port when left out. */
  port?: number;
}

export interface DynamoDbServer {
  readonly endpoint: string;
  readonly port: number;
  readonly pid: number;
  /** Ends the emulator in order. May be called again. */
  stop(): Promise<void>;
  /** Ends it with SIGKILL, as a crash would. May be called again. */
  kill(): Promise<void>;
}

/**
 * Starts the DynamoDB emulator Dynoxide on 127.0.0.1; any credentials and any region will do. It ends with this process
 * at the latest, however that ends.
 */
export async function startDynamoDb(
  options: DynamoDbOptions = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<DynamoDbServer> {
  signal?.throwIfAborted();
  const program = locateDynoxide();
  const supervisor = await startSupervisor('seren-dynamodb');
  try {
    const { server, port } = await launchDynoxide(supervisor, { ...options, program }, signal);
    const end = async (signals: Parameters<SupervisedProcess['stop']>[0]) => {
      await server.stop(signals);
      await supervisor.close();
    };
    return {
      endpoint: `http://127.0.0.1:${port}`,
      port,
      pid: server.pid,
      stop: () => end([{ signal: 'SIGTERM', deadlineMs: stopDeadlineMs }]),
      kill: () => end([]),
    };
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function launchDynoxide(
  supervisor: Supervisor,
  options: DynamoDbOptions & { program: string },
  signal?: AbortSignal,
): Promise<{ server: SupervisedProcess; port: number }> {
  const logFile = join(supervisor.directory, 'dynoxide.log');
  const storage: string[] = [];
  if (options.dataDirectory !== undefined) {
    const dataDirectory = resolve(options.dataDirectory);
    await mkdir(dataDirectory, { recursive: true });
    storage.push('--db-path', join(dataDirectory, 'dynamodb.sqlite'));
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await findFreePort());
    const server = await supervisor.start({
      program: options.program,
      args: ['serve', '--host', '127.0.0.1', '--port', String(port), ...storage],
      account: undefined,
      logFile,
      lastSignal: 'SIGTERM',
    });
    // The emulator's own log, as an answer on the port could be another server's.
    const announcement = `http://127.0.0.1:${port}`;
    const isReady = async () => (await readFile(logFile, 'utf8')).includes(announcement);
    await pollUntil(async () => server.exit !== undefined || (await isReady()), {
      what: 'Dynoxide to listen',
      deadlineMs: readyDeadlineMs,
      signal,
    });
    if (server.exit === undefined) return { server, port };
    const hasLostPort = options.port === undefined && !(await isPortFree(port));
    if (hasLostPort && attempt < portAttempts) continue;
    const log = await readFile(logFile, 'utf8');
    throw new LocalServerError('START_FAILED', `Dynoxide did not start on port ${port}:\n${log.trimEnd()}`);
  }
}

function locateDynoxide(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return require.resolve(`@dynoxide/${platform}/dynoxide`);
  } catch (cause) {
    throw new LocalServerError(
      'UNSUPPORTED_PLATFORM',
      `The DynamoDB emulator is not installed for ${platform}. Run \`pnpm install\`; it is available for linux-x64.`,
      { cause },
    );
  }
}
