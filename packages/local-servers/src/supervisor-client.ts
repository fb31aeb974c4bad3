import type { ChildProcess } from 'node:child_process';
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
export class SupervisorClient {
  readonly #child: ChildProcess;
  readonly #unanswered: Unanswered[] = [];
  readonly #exits = new Map<number, ProcessExit>();
  #hasEnded = false;
  #lastStarted: { pid: number; lastSignal: NodeJS.Signals } | undefined;
  #directory: string | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#receive(message as SupervisorMessage));
    child.on('error', (error) => this.#end(error));
    child.once('exit', (code) => {
      this.#end();
      if (code !== 0) this.#endServer();
    });
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
    if (this.#directory === undefined) return;
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 10 });
  }

  async #ask(request: SupervisorRequest): Promise<string | number | null> {
    if (this.#hasEnded)
      throw new LocalServerError('ALREADY_STOPPED', 'This server has ended: start another.');
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

  #end(cause?: Error): void {
    this.#hasEnded = true;
    const message = 'The process that supervises a local server ended too early. Its messages are above.';
    for (const answer of this.#unanswered.splice(0)) {
      answer.reject(new LocalServerError('SUPERVISOR_FAILED', message, { cause }));
    }
  }

  /** Something killed the supervisor, so its work is done from here. */
  #endServer(): void {
    if (this.#lastStarted === undefined || this.#exits.has(this.#lastStarted.pid)) return;
    const { pid, lastSignal } = this.#lastStarted;
    // Nothing can tell any more how the process ends, only that this signal ends it.
    this.#exits.set(pid, { code: null, signal: lastSignal });
    try {
      process.kill(pid, lastSignal);
    } catch (error) {
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
  }

  #letParentExit(): void {
    this.#child.unref();
    if (this.#unanswered.length === 0) this.#child.channel?.unref();
  }
}
