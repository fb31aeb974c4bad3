/** Which task comes next. A task is looked at when it is added, when the last of what it waits for is done, and while
 * locks keep it back: never all of them at every step. */
import { ReplicatorError } from '@seren-replicator/job-models';
import { HeldLocks } from './held-locks.ts';
import { rankTasks, type Rank } from './rank-tasks.ts';
import type { RunOptions, Task } from './run-tasks.ts';

export class TaskQueue<Lane> {
  readonly #ranks: ReadonlyMap<Task<Lane>, Rank>;
  readonly #dependents = new Map<string, Task<Lane>[]>();
  /** How many tasks each one still waits for. */
  readonly #waiting = new Map<Task<Lane>, number>();
  /** Those that wait for nothing but locks and limits, by rank. */
  readonly #ready: Task<Lane>[] = [];
  readonly #locks = new HeldLocks();
  readonly #limits: ReadonlyMap<string, number>;
  readonly #processors: number | undefined;
  readonly #runningOfGroup = new Map<string | undefined, number>();
  readonly #idle: (() => void)[] = [];
  readonly #running = new Set<Task<Lane>>();
  #left: number;
  /** Of all tasks that are not finished. */
  #weightLeft: number;
  #failure: { error: unknown } | undefined;

  constructor(tasks: readonly Task<Lane>[], { limits = new Map(), processors }: RunOptions) {
    this.#limits = limits;
    this.#processors = processors;
    this.#left = tasks.length;
    this.#weightLeft = tasks.reduce((sum, { weight }) => sum + weight, 0);
    this.#ranks = rankTasks(tasks);
    const ids = new Set(tasks.map(({ id }) => id));
    for (const task of tasks) {
      const waitsFor = [...task.waitsFor].filter((id) => ids.has(id));
      this.#waiting.set(task, waitsFor.length);
      for (const id of waitsFor) {
        const dependents = this.#dependents.get(id);
        if (dependents === undefined) this.#dependents.set(id, [task]);
        else dependents.push(task);
      }
    }
    this.#ready.push(...tasks.filter((task) => this.#waiting.get(task) === 0));
    this.#ready.sort((a, b) => this.#rank(a).place - this.#rank(b).place);
  }

  /** The next task for a lane; waits until there is one, undefined when there is none any more. */
  async take(): Promise<Task<Lane> | undefined> {
    for (;;) {
      if (this.#failure !== undefined || this.#left === 0) return undefined;
      const least = this.#leastLevelWanted();
      const index = this.#ready.findIndex((task) => this.#rank(task).level >= least && this.#mayRun(task));
      const [task] = index === -1 ? [] : this.#ready.splice(index, 1);
      if (task !== undefined) {
        this.#left -= 1;
        this.#running.add(task);
        this.#countOfGroup(task, 1);
        this.#locks.take(task.locks);
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
    this.#weightLeft -= task.weight;
    this.#countOfGroup(task, -1);
    this.#locks.release(task.locks);
    for (const dependent of this.#dependents.get(task.id) ?? []) {
      const waiting = (this.#waiting.get(dependent) ?? 0) - 1;
      this.#waiting.set(dependent, waiting);
      if (waiting === 0) this.#addReady(dependent);
    }
    this.#wake();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** How many of `lanes` have nothing to do, even when each takes what it may. */
  lanesLeft(lanes: number): number {
    let left = lanes - this.#running.size;
    for (const task of this.#ready) {
      if (left <= 0) return 0;
      if (this.#mayRun(task)) left -= 1;
    }
    return Math.max(0, left);
  }

  #addReady(task: Task<Lane>): void {
    const { place } = this.#rank(task);
    let low = 0;
    let high = this.#ready.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#ready[middle];
      if (other !== undefined && this.#rank(other).place < place) low = middle + 1;
      else high = middle;
    }
    this.#ready.splice(low, 0, task);
  }

  #rank(task: Task<Lane>): Rank {
    return this.#ranks.get(task) ?? { place: 0, level: 0 };
  }

  /**
   * The heaviest chain under way says when all is done at the earliest. Where all else can be done by fewer lanes in
   * that time, the others would only take processors from it: then only what is as heavy is wanted. With more lanes than
   * processors it gets slower with every lane, and must not become what is waited for in the end. Should the weights be
   * wrong, little is lost: when the chain has come to its end, every lane is wanted.
   */
  #leastLevelWanted(): number {
    if (this.#processors === undefined) return 0;
    const longest = Math.max(0, ...[...this.#running].map((task) => this.#rank(task).level));
    // All that is left, the chain itself included.
    const chains = this.#weightLeft / longest;
    const lanes = Math.max(Math.floor(chains), Math.min(Math.ceil(chains), this.#processors));
    return this.#running.size < lanes ? 0 : longest;
  }

  #mayRun({ group, locks }: Task<Lane>): boolean {
    const limit = group === undefined ? undefined : this.#limits.get(group);
    if (limit !== undefined && (this.#runningOfGroup.get(group) ?? 0) >= limit) return false;
    return this.#locks.areFree(locks);
  }

  #countOfGroup({ group }: Task<Lane>, change: number): void {
    this.#runningOfGroup.set(group, (this.#runningOfGroup.get(group) ?? 0) + change);
  }

  #wake(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
