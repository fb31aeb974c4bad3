/**
 * Workers as child processes. Each leads a process group of its own, so that Ctrl-C in a terminal reaches the dev
 * stack alone, which then stops them in order, and so that a kill takes a worker's own children along. A worker's
 * standard input is a pipe that nobody writes to: it closes when this process ends, however it ends, and the worker
 * with it.
 */
import type { Work, WorkerFleet, WorkerMachine } from '@seren-replicator/coordinator';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { workerLogFile } from './worker-log-file.ts';

export interface FleetSettings {
  /** The worker's bundle. */
  program: string;
  logDirectory: string;
  environmentOf: (work: Work) => Record<string, string>;
  /** From SIGTERM to SIGKILL. */
  killAfterMs: number;
  onExit: (work: Work) => void;
}

interface Machine extends Work {
  child: ChildProcess;
  exited: Promise<void>;
  killTimer?: NodeJS.Timeout;
}

export class ChildProcessFleet implements WorkerFleet {
  readonly #settings: FleetSettings;
  /** Those that are gone stay listed: a start that is asked for again must not start again. */
  readonly #machines = new Map<string, Promise<Machine>>();
  #isClosed = false;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
  }

  async start({ jobId, attempt }: Work): Promise<void> {
    if (this.#isClosed) return;
    const machineId = `${jobId}-${attempt}`;
    const started = this.#machines.get(machineId) ?? this.#spawn(machineId, { jobId, attempt });
    this.#machines.set(machineId, started);
    try {
      await started;
    } catch (error) {
      this.#machines.delete(machineId);
      throw error;
    }
  }

  async list(): Promise<WorkerMachine[]> {
    const settled = await Promise.allSettled(this.#machines.values());
    const machines = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    return machines.map(({ jobId, attempt, child }) => ({
      machineId: `${jobId}-${attempt}`,
      jobId,
      attempt,
      state: isAlive(child) ? 'alive' : 'gone',
    }));
  }

  async stop(machineId: string): Promise<void> {
    const machine = await this.#machines.get(machineId);
    if (machine === undefined || !isAlive(machine.child)) return;
    machine.child.kill('SIGTERM');
    machine.killTimer ??= setTimeout(() => killGroup(machine.child), this.#settings.killAfterMs);
  }

  /** Stops every worker and waits until the last is gone; none is started any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#machines.keys()].map((machineId) => this.#end(machineId)));
  }

  async #end(machineId: string): Promise<void> {
    // One that could not be spawned has told so already.
    const machine = await this.#machines.get(machineId)?.catch(() => undefined);
    if (machine === undefined) return;
    await this.stop(machineId);
    await machine.exited;
  }

  async #spawn(machineId: string, work: Work): Promise<Machine> {
    const { program, logDirectory, environmentOf, onExit } = this.#settings;
    const log = await open(workerLogFile(logDirectory, work), 'a', 0o600);
    try {
      // SIGUSR1 would open a debugger, which could read the memory.
      const child = spawn(process.execPath, ['--disable-sigusr1', program], {
        cwd: '/',
        env: environmentOf(work),
        detached: true,
        stdio: ['pipe', log.fd, log.fd],
      });
      const exited = new Promise<void>((resolve) => {
        child.once('exit', () => {
          // What it started itself, such as a pg_dump, and did not end.
          killGroup(child);
          resolve();
          onExit(work);
        });
      });
      await once(child, 'spawn');
      const machine: Machine = { ...work, child, exited };
      void exited.then(() => clearTimeout(machine.killTimer));
      return machine;
    } finally {
      await log.close();
    }
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
