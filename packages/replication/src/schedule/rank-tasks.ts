import type { Task } from './run-tasks.ts';

/** Where a task stands among all. */
export interface Rank {
  /** From 0: the first to be begun. */
  place: number;
  /** Its weight and that of the heaviest chain of tasks that wait for it. */
  level: number;
}

/**
 * The order in which tasks should be begun: a task counts with its own weight and that of the heaviest chain of tasks
 * that wait for it, so that what takes longest to the end comes first and nothing long is left for the end. Among
 * equals the order of the list stays.
 *
 * Known as highest level first; Graham, "Bounds on Multiprocessing Timing Anomalies", SIAM J. Appl. Math. 17 (1969).
 */
export function rankTasks<Lane>(tasks: readonly Task<Lane>[]): Map<Task<Lane>, Rank> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const levels = new Map<Task<Lane>, number>();
  for (const task of inReverse(tasks, byId)) {
    const level = (levels.get(task) ?? 0) + task.weight;
    levels.set(task, level);
    for (const id of task.waitsFor) {
      const before = byId.get(id);
      if (before !== undefined) levels.set(before, Math.max(levels.get(before) ?? 0, level));
    }
  }
  const ordered = [...tasks].sort((a, b) => (levels.get(b) ?? 0) - (levels.get(a) ?? 0));
  return new Map(ordered.map((task, place) => [task, { place, level: levels.get(task) ?? 0 }]));
}

/** Every task before those that it waits for. Tasks that wait for each other are left out: they never run. */
function inReverse<Lane>(tasks: readonly Task<Lane>[], byId: ReadonlyMap<string, Task<Lane>>): Task<Lane>[] {
  const dependents = new Map<Task<Lane>, number>(tasks.map((task) => [task, 0]));
  const countDependents = (task: Task<Lane>, change: number, whenNone: (task: Task<Lane>) => void) => {
    for (const id of task.waitsFor) {
      const before = byId.get(id);
      if (before === undefined) continue;
      const count = (dependents.get(before) ?? 0) + change;
      dependents.set(before, count);
      if (count === 0) whenNone(before);
    }
  };
  for (const task of tasks) countDependents(task, 1, () => undefined);
  const ordered = tasks.filter((task) => dependents.get(task) === 0);
  // Grows while it is gone through.
  for (const task of ordered) countDependents(task, -1, (before) => ordered.push(before));
  return ordered;
}
