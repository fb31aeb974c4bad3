import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasErrorCode } from './has-error-code.ts';
import { LocalServerError } from './local-server-error.ts';
import type {
  Account,
  ProcessExit,
  StopSignals,
  SupervisedCommand,
  SupervisorMessage,
  SupervisorRequest,
} from './supervisor-protocol.ts';

/** Longer than everything one request can take in the supervisor, its own deadlines included. */
const answerDeadlineMs = 30_000;
const closeDeadlineMs = 15_000;

export interface SupervisedProcess {
  readonly pid: number;
  /** How it ended, once it has. */
  readonly exit: ProcessExit | undefined;
  /** Sends the signals, one after the other, until the process has ended. One that has ended is left alone. */
  stop(signals: StopSignals): Promise<void>;
}

interface Unanswered {
  resolve(answer: string | number | null): void;
  reject(error: Error): void;
}

/** The parent's end of the channel to one supervisor. */
export class Supervisor {
  readonly #child: ChildProcess;
  readonly #unanswered: Unanswered[] = [];
  readonly #exits = new Map<number, ProcessExit>();
  #hasEnded = false;
  #lastStarted: { pid: number; lastSignal: NodeJS.Signals } | undefined;
  #directory: string | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#receive(message as SupervisorMessage));
    child.once('error', (error) => this.#lose(error));
    child.once('exit', () => this.#lose());
    this.#letParentExit();
  }

  /** The temporary directory of this server, removed when the supervisor ends. */
  get directory(): string {
    if (this.#directory === undefined) throw new TypeError('makeDirectory comes first.');
    return this.#directory;
  }

  async makeDirectory(name: string, account: Account | undefined): Promise<void> {
    const prefix = join(tmpdir(), `${name}-`);
    this.#directory = String(await this.#ask({ ask: 'make-directory', prefix, account }));
  }

  /** One process at a time: the one before must have ended. */
  async start(command: SupervisedCommand): Promise<SupervisedProcess> {
    const pid = Number(await this.#ask({ ask: 'start', command }));
    const exits = this.#exits;
    this.#lastStarted = { pid, lastSignal: command.lastSignal };
    return {
      pid,
      get exit() {
        return exits.get(pid);
      },
      stop: async (signals) => {
        if (!exits.has(pid)) await this.#ask({ ask: 'stop', signals });
      },
    };
  }

  /** Ends what still runs, removes the directory, and waits for both. May be called again. */
  async close(): Promise<void> {
    if (!this.#hasEnded) {
      this.#child.ref();
      const ended = once(this.#child, 'exit');
      if (this.#child.connected) this.#child.disconnect();
      await Promise.race([ended, sleep(closeDeadlineMs, undefined, { ref: false })]);
      this.#child.kill('SIGKILL');
      await ended;
    }
    if (this.#directory !== undefined)
      await rm(this.#directory, { recursive: true, force: true, maxRetries: 10 });
  }

  async #ask(request: SupervisorRequest): Promise<string | number | null> {
    if (this.#hasEnded)
      throw new LocalServerError('SUPERVISOR_FAILED', 'The server has been stopped already.');
    this.#child.channel?.ref();
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#unanswered.push({ resolve, reject });
        timer = setTimeout(() => {
          const message = `The supervisor did not answer "${request.ask}" within ${answerDeadlineMs} ms.`;
          reject(new LocalServerError('SUPERVISOR_FAILED', message));
        }, answerDeadlineMs);
        this.#child.send(request, (error) => {
          if (error !== null) reject(error);
        });
      });
    } finally {
      clearTimeout(timer);
      this.#letParentExit();
    }
  }

  #receive(message: SupervisorMessage): void {
    if ('exited' in message) this.#exits.set(message.pid, message.exited);
    else if ('answer' in message) this.#unanswered.shift()?.resolve(message.answer);
    else this.#unanswered.shift()?.reject(new LocalServerError('SUPERVISOR_FAILED', message.failure));
  }

  /** The supervisor is gone: after `close`, or because something killed it, and then its server is ended from here. */
  #lose(cause?: Error): void {
    this.#hasEnded = true;
    const message =
      'The process that supervises a local server ended before it answered. Its messages are above.';
    for (const answer of this.#unanswered.splice(0)) {
      answer.reject(new LocalServerError('SUPERVISOR_FAILED', message, { cause }));
    }
    if (this.#lastStarted === undefined || this.#exits.has(this.#lastStarted.pid)) return;
    // Nothing can tell any more how the process ends, only that this signal ends it.
    this.#exits.set(this.#lastStarted.pid, { code: null, signal: this.#lastStarted.lastSignal });
    try {
      process.kill(-this.#lastStarted.pid, this.#lastStarted.lastSignal);
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
  }

  #letParentExit(): void {
    this.#child.unref();
    if (this.#unanswered.length === 0) this.#child.channel?.unref();
  }
}

/**
 * Forks `supervisor.ts`, with a temporary directory `<name>-…` for its server. It leads a session of its own, so that
 * Ctrl-C in a terminal reaches only this process, which then stops its servers in order. It does not keep this process
 * alive: a caller that forgets to close still exits, and what it started ends with it.
 */
export async function startSupervisor(name: string, account?: Account): Promise<Supervisor> {
  const child = fork(join(import.meta.dirname, 'supervisor.ts'), {
    detached: true,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const supervisor = new Supervisor(child);
  try {
    await supervisor.makeDirectory(name, account);
  } catch (error) {
    await supervisor.close();
    throw error;
  }
  return supervisor;
}
