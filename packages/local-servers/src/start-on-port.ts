import { readFile } from 'node:fs/promises';
import { findFreePort, isPortFree } from './find-free-port.ts';
import { LocalServerError } from './local-server-error.ts';
import { pollUntil } from './poll-until.ts';
import type { SupervisedProcess, SupervisorClient } from './supervisor-client.ts';
import type { SupervisedCommand } from './supervisor-protocol.ts';

const portAttempts = 5;
const shownLogLines = 20;

export interface ListeningServer {
  server: SupervisedProcess;
  port: number;
}

/**
 * Starts a server on the port, or on a free one, and waits until it is ready. Rejects with the end of its log when it
 * ends instead.
 */
export async function startOnPort(
  supervisor: SupervisorClient,
  input: {
    name: string;
    port: number | undefined;
    commandFor: (port: number) => SupervisedCommand;
    /** Has to recognise this very process: what answers on the port may be another. */
    isReady: (pid: number, port: number) => Promise<boolean>;
    readyDeadlineMs: number;
  },
  signal?: AbortSignal,
): Promise<ListeningServer> {
  const { name, commandFor, isReady, readyDeadlineMs } = input;
  for (let attempt = 1; ; attempt += 1) {
    const port = input.port ?? (await findFreePort());
    const command = commandFor(port);
    const server = await supervisor.start(command);
    await pollUntil(async () => server.exit !== undefined || (await isReady(server.pid, port)), {
      what: `${name} to listen on port ${port}`,
      deadlineMs: readyDeadlineMs,
      signal,
    });
    if (server.exit === undefined) return { server, port };
    // Somebody took the free port between finding and binding it: another one will do.
    const hasLostPort = input.port === undefined && !(await isPortFree(port));
    if (hasLostPort && attempt < portAttempts) continue;
    const log = (await readFile(command.logFile, 'utf8')).trimEnd().split('\n').slice(-shownLogLines);
    throw new LocalServerError(
      'START_FAILED',
      `${name} did not start on port ${port}. Its log ends:\n${log.join('\n')}`,
    );
  }
}
