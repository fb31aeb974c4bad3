/**
 * The program that stands between a process that uses a local server and that server, and outlives both: the server
 * runs as its child, in a temporary directory that it made. When the channel to the parent closes, for whatever reason
 * (the parent is done, has crashed, was killed with SIGKILL), it ends the server, removes the directory, and exits.
 *
 * It runs one process at a time, each in a process group of its own, and handles one request after the other.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, open, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Account,
  StopSignals,
  SupervisedCommand,
  SupervisorMessage,
  SupervisorRequest,
} from './supervisor-protocol.ts';

const lastSignalDeadlineMs = 5_000;

let directory: string | undefined;
let running: { pid: number; exited: Promise<void>; lastSignal: NodeJS.Signals } | undefined;
let work: Promise<void> = Promise.resolve();

process.on('message', (request) => {
  work = work.then(() => answer(request as SupervisorRequest));
});
process.once('disconnect', () => {
  work = work.then(end);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    if (process.connected) process.disconnect();
  });
}

async function answer(request: SupervisorRequest): Promise<void> {
  try {
    tell({ answer: await handle(request) });
  } catch (error) {
    tell({ failure: error instanceof Error ? error.message : String(error) });
  }
  // The channel can have closed before this program could listen for that.
  if (!process.connected) await end();
}

function tell(message: SupervisorMessage): void {
  // A parent that has gone in the meantime is no failure: `end` follows.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

async function handle(request: SupervisorRequest): Promise<string | number | null> {
  switch (request.ask) {
    case 'make-directory':
      return makeDirectory(request.prefix, request.account);
    case 'start':
      return start(request.command);
    case 'stop':
      await stop(request.signals);
      return null;
  }
}

async function makeDirectory(prefix: string, account: Account | undefined): Promise<string> {
  directory = await mkdtemp(prefix);
  if (account !== undefined) await chown(directory, account.uid, account.gid);
  return directory;
}

async function start({ program, args, account, logFile, lastSignal }: SupervisedCommand): Promise<number> {
  if (running !== undefined) throw new Error(`The process ${running.pid} is still running.`);
  const log = await open(logFile, 'a', 0o600);
  try {
    const child = spawn(program, args, {
      ...account,
      cwd: '/',
      env: { LC_ALL: 'C', TZ: 'UTC' },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    await once(child, 'spawn');
    const { pid } = child;
    if (pid === undefined) throw new Error(`${program} was started without a process id.`);
    const exited = new Promise<void>((resolve) => {
      child.once('exit', (code, signal) => {
        running = undefined;
        tell({ pid, exited: { code, signal } });
        resolve();
      });
    });
    running = { pid, exited, lastSignal };
    return pid;
  } finally {
    await log.close();
  }
}

async function stop(signals: StopSignals): Promise<void> {
  for (const { signal, deadlineMs } of signals) {
    if (running === undefined) return;
    process.kill(running.pid, signal);
    await Promise.race([running.exited, sleep(deadlineMs, undefined, { ref: false })]);
  }
  if (running === undefined) return;
  const { pid, exited } = running;
  process.kill(-pid, 'SIGKILL'); // The group: nobody is left to tell the process's own children.
  await exited;
}

async function end(): Promise<void> {
  if (running !== undefined) await stop([{ signal: running.lastSignal, deadlineMs: lastSignalDeadlineMs }]);
  if (directory !== undefined) await rm(directory, { recursive: true, force: true, maxRetries: 10 });
}
