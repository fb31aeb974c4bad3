/**
 * One queue for everything that a copy does in parallel: a fixed number of lanes take tasks, of those that may run the
 * one with the most work behind it. A task may run when the tasks it waits for are done and nobody holds a lock that
 * conflicts with its own. Locks are known beforehand, all of a task's or none are taken: no two tasks can wait for each
 * other.
 */
import { TaskQueue } from './task-queue.ts';

export type LockMode = 'shared' | 'exclusive';

export interface Task<Lane> {
  id: string;
  /** What it costs, in about the time that this many bytes of rows take. */
  weight: number;
  /** Ids of tasks that must be done first; ids that are not in the list count as done. */
  waitsFor: ReadonlySet<string>;
  locks: ReadonlyMap<string, LockMode>;
  /** Of some groups, only so many run at a time. */
  group?: string;
  /** @param idleShare share of the lanes, from 0 to 1, that nothing can be found for at the moment */
  run: (lane: Lane, idleShare: number) => Promise<void>;
}

export interface RunOptions {
  /** How many tasks of a group may run at a time. */
  limits?: ReadonlyMap<string, number>;
  /**
   * How many lanes can work at a time before each gets slower. Lanes then stay idle while a chain of tasks is under way
   * that takes longer than all else on fewer lanes. Left out: every lane takes what it may.
   */
  processors?: number | undefined;
}

/**
 * Runs all tasks. After a failure no further task is started; those under way are awaited.
 *
 * @param lanes what each worker owns, such as its sessions
 * @throws the first task's failure; ReplicatorError `internal` when tasks wait for each other
 */
export async function runTasks<Lane>(
  lanes: readonly Lane[],
  tasks: readonly Task<Lane>[],
  options: RunOptions = {},
): Promise<void> {
  const queue = new TaskQueue(tasks, options);
  await Promise.all(
    lanes.map(async (lane) => {
      for (let task = await queue.take(); task !== undefined; task = await queue.take()) {
        try {
          await task.run(lane, queue.lanesLeft(lanes.length) / lanes.length);
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
