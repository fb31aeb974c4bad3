import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { locateDynoxide } from './locate-dynoxide.ts';
import { startOnPort, type ListeningServer } from './start-on-port.ts';
import { startSupervisor } from './start-supervisor.ts';
import type { SupervisorClient } from './supervisor-client.ts';
import type { StopSignals } from './supervisor-protocol.ts';

const readyDeadlineMs = 15_000;
const stopSignals: StopSignals = [{ signal: 'SIGTERM', deadlineMs: 5_000 }];

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
  /** Ends it with SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/**
 * Starts the DynamoDB emulator Dynoxide on 127.0.0.1; any credentials and any region will do. It ends with this process
 * at the latest, however that ends. Rejects with the end of its log, or with the signal's reason.
 */
export async function startDynamoDb(
  options: DynamoDbOptions = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<DynamoDbServer> {
  signal?.throwIfAborted();
  const program = locateDynoxide();
  const supervisor = await startSupervisor('seren-dynamodb');
  try {
    const storage = await prepareStorage(options.dataDirectory);
    const launched = await launchDynoxide(supervisor, { program, storage, port: options.port }, signal);
    return controlDynoxide(supervisor, launched);
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}

async function prepareStorage(dataDirectory: string | undefined): Promise<string[]> {
  if (dataDirectory === undefined) return [];
  await mkdir(dataDirectory, { recursive: true });
  return ['--db-path', resolve(dataDirectory, 'dynamodb.sqlite')];
}

async function launchDynoxide(
  supervisor: SupervisorClient,
  { program, storage, port }: { program: string; storage: string[]; port: number | undefined },
  signal?: AbortSignal,
): Promise<ListeningServer> {
  const logFile = join(supervisor.directory, 'dynoxide.log');
  return startOnPort(
    supervisor,
    {
      name: 'Dynoxide',
      port,
      commandFor: (chosenPort) => ({
        program,
        args: ['serve', '--host', '127.0.0.1', '--port', String(chosenPort), ...storage],
        account: undefined,
        logFile,
        lastSignal: 'SIGTERM',
      }),
      // It logs its address once it has it.
      isReady: async (_pid, chosenPort) => (await readFile(logFile, 'utf8')).includes(endpointAt(chosenPort)),
      readyDeadlineMs,
    },
    signal,
  );
}

function controlDynoxide(supervisor: SupervisorClient, { server, port }: ListeningServer): DynamoDbServer {
  let ending: Promise<void> | undefined;
  const end = (signals: StopSignals) => (ending ??= server.stop(signals).finally(() => supervisor.close()));
  return {
    endpoint: endpointAt(port),
    port,
    pid: server.pid,
    stop: () => end(stopSignals),
    kill: () => end([]),
  };
}

function endpointAt(port: number): string {
  return `http://127.0.0.1:${port}`;
}
