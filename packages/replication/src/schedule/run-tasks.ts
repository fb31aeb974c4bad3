/**
 * One queue for everything that a copy does in parallel: a fixed number of lanes take tasks, always the heaviest of
 * those that may run. A task may run when the tasks it waits for are done and nobody holds a lock that conflicts
 * with its own. Locks are known beforehand, all of a task's or none are taken: no two tasks can wait for each other.
 */
import { ReplicatorError } from '@seren-replicator/job-models';

export type LockMode = 'shared' | 'exclusive';

export interface Task<Lane> {
  id: string;
  /** Heavier tasks go first; bytes. */
  weight: number;
  /** Ids of tasks that must be done first; ids that are not in the list count as done. */
  waitsFor: ReadonlySet<string>;
  locks: ReadonlyMap<string, LockMode>;
  /** Of some groups, only so many run at a time. */
  group?: string;
  run: (lane: Lane) => Promise<void>;
}

/**
 * Runs all tasks. After a failure no further task is started; those under way are awaited.
 *
 * @param lanes what each worker owns, such as its sessions
 * @param limits how many tasks of a group may run at a time
 * @throws the first task's failure; ReplicatorError `internal` when tasks wait for each other
 */
export async function runTasks<Lane>(
  lanes: readonly Lane[],
  tasks: readonly Task<Lane>[],
  limits: ReadonlyMap<string, number> = new Map(),
): Promise<void> {
  const queue = new TaskQueue(tasks, limits);
  await Promise.all(
    lanes.map(async (lane) => {
      for (let task = await queue.take(); task !== undefined; task = await queue.take()) {
        try {
          await task.run(lane);
        } catch (error) {
          queue.fail(error);
          return;
        }
        queue.finish(task);
      }
    }),
  );
  queue.throwIfFailed();
}

class TaskQueue<Lane> {
  readonly #pending: Set<Task<Lane>>;
  readonly #unfinished: Set<string>;
  readonly #running = new Set<Task<Lane>>();
  readonly #idle: (() => void)[] = [];
  readonly #limits: ReadonlyMap<string, number>;
  #failure: { error: unknown } | undefined;

  constructor(tasks: readonly Task<Lane>[], limits: ReadonlyMap<string, number>) {
    this.#limits = limits;
    this.#pending = new Set([...tasks].sort((a, b) => b.weight - a.weight));
    this.#unfinished = new Set(tasks.map(({ id }) => id));
  }

  /** The next task for a lane; waits until there is one, undefined when there is none any more. */
  async take(): Promise<Task<Lane> | undefined> {
    for (;;) {
      if (this.#failure !== undefined || this.#pending.size === 0) return undefined;
      for (const task of this.#pending) {
        if (!this.#mayRun(task)) continue;
        this.#pending.delete(task);
        this.#running.add(task);
        return task;
      }
      if (this.#running.size === 0) {
        this.fail(
          new ReplicatorError('internal', 'Steps of the copy wait for each other; report this as a defect.'),
        );
        return undefined;
      }
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  finish(task: Task<Lane>): void {
    this.#running.delete(task);
    this.#unfinished.delete(task.id);
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #mayRun(task: Task<Lane>): boolean {
    for (const id of task.waitsFor) {
      if (this.#unfinished.has(id)) return false;
    }
    if (this.#isGroupFull(task.group)) return false;
    for (const other of this.#running) {
      for (const [name, mode] of task.locks) {
        const held = other.locks.get(name);
        if (held !== undefined && (mode === 'exclusive' || held === 'exclusive')) return false;
      }
    }
    return true;
  }

  #isGroupFull(group: string | undefined): boolean {
    const limit = group === undefined ? undefined : this.#limits.get(group);
    if (limit === undefined) return false;
    return [...this.#running].filter((task) => task.group === group).length >= limit;
  }

  #wake(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
