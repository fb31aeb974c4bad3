/**
 * Short faults do not end a run: work whose connection is lost is done again on fresh sessions. What it must not do
 * again (because the commit went through and only its answer was lost) is the caller's to find out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import { isConnectionError } from '../session/translate-error.ts';
import type { Lane } from './lane.ts';

/** Seconds between attempts; when they are used up the fault is no short one. */
const DELAYS_SECONDS = [0.2, 1, 2, 4, 8, 15, 15, 15];

export interface RepeatDeps {
  deps: EngineDeps;
  /** Rejects when the sessions that the whole run stands on (snapshot, claim) are gone: then no lane can go on. */
  assertRunStands: () => Promise<void>;
}

/**
 * @param work gets whether an earlier attempt may have been committed
 * @throws the last attempt's failure, or whatever is no lost connection
 */
export async function repeatOnLane<Result>(
  { deps, assertRunStands }: RepeatDeps,
  lane: Lane,
  work: (isRepeat: boolean) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      if (attempt > 0) await lane.renew();
      return await work(attempt > 0);
    } catch (error) {
      const delay = DELAYS_SECONDS[attempt];
      deps.signal.throwIfAborted();
      if (!(error instanceof ReplicatorError) || !isConnectionError(error) || delay === undefined)
        throw error;
      await assertRunStands();
      deps.log.warn({ code: error.code, reason: error.message, delay }, 'connection lost; repeating');
      await sleep(delay * 1000, undefined, { signal: deps.signal });
    }
  }
}
