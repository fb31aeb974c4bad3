/**
 * Tells systemd that the worker is alive, a few times within the time that it allows (`WatchdogSec`). It is told from
 * the event loop: a worker that hangs there falls silent, and systemd ends it and powers the machine off.
 *
 * Node.js has no datagram sockets of the file system, which the protocol is made of; systemd brings a program for it.
 *
 * https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

/** Told so many times within the time allowed: one message may be late or lost. */
const TIMES_WITHIN = 3;

export interface WatchdogInput {
  environment: NodeJS.ProcessEnv;
  log: Logger;
}

/** @returns how to stop telling; does nothing where no watchdog waits. */
export function notifyWatchdog({ environment, log }: WatchdogInput): () => void {
  const allowedMs = Number(environment['WATCHDOG_USEC']) / 1_000;
  const socket = environment['NOTIFY_SOCKET'];
  if (socket === undefined || !(allowedMs > 0)) return () => undefined;
  const tell = (state: string): void => {
    const child = spawn('systemd-notify', [state], {
      env: { PATH: environment['PATH'], NOTIFY_SOCKET: socket },
      stdio: 'ignore',
    });
    child.once('error', ({ name }) => log.error({ failure: { name } }, 'the watchdog cannot be told'));
  };
  tell('READY=1');
  const timer = setInterval(() => tell('WATCHDOG=1'), allowedMs / TIMES_WITHIN);
  return () => clearInterval(timer);
}
