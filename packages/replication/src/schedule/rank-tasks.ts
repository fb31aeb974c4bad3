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
 * that wait for it, so that what takes longest to the end comes first and nothing long is left for the end. Tasks that
 * want a table for themselves are such a chain for all others of that table too, in whatever order they come: that
 * counts for the place, but is not time that is sure to be needed. Among equals the order of the list stays.
 *
 * Known as highest level first; Graham, "Bounds on Multiprocessing Timing Anomalies", SIAM J. Appl. Math. 17 (1969).
 */
export function rankTasks<Lane>(tasks: readonly Task<Lane>[]): Map<Task<Lane>, Rank> {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const reversed = inReverse(tasks, byId);
  const levels = levelsOf(reversed, byId, () => 0);
  const exclusive = exclusiveWeights(tasks);
  const urgencies = levelsOf(reversed, byId, ({ locks, weight }) => {
    const others = [...locks].map(
      ([name, mode]) => (exclusive.get(name) ?? 0) - (mode === 'exclusive' ? weight : 0),
    );
    return Math.max(0, ...others);
  });
  const ordered = [...tasks].sort((a, b) => (urgencies.get(b) ?? 0) - (urgencies.get(a) ?? 0));
  return new Map(ordered.map((task, place) => [task, { place, level: levels.get(task) ?? 0 }]));
}

/**
 * @param reversed every task before those that it waits for
 * @param leastBehind what comes after a task at the least, besides those that wait for it
 */
function levelsOf<Lane>(
  reversed: readonly Task<Lane>[],
  byId: ReadonlyMap<string, Task<Lane>>,
  leastBehind: (task: Task<Lane>) => number,
): Map<Task<Lane>, number> {
  const levels = new Map<Task<Lane>, number>();
  for (const task of reversed) {
    const level = Math.max(levels.get(task) ?? 0, leastBehind(task)) + task.weight;
    levels.set(task, level);
    for (const id of task.waitsFor) {
      const before = byId.get(id);
      if (before !== undefined) levels.set(before, Math.max(levels.get(before) ?? 0, level));
    }
  }
  return levels;
}

/** By lock: what all tasks that take it exclusively weigh together. */
function exclusiveWeights<Lane>(tasks: readonly Task<Lane>[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { locks, weight } of tasks) {
    for (const [name, mode] of locks) {
      if (mode === 'exclusive') weights.set(name, (weights.get(name) ?? 0) + weight);
    }
  }
  return weights;
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
