/** Follows several databases at once, for as long as it is wanted. */
import type { SyncProgress } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Servers } from '../session/server.ts';
import { followStream } from '../stream/follow-stream.ts';
import type { SyncRecord } from './sync-record.ts';

export interface FollowedDatabase {
  servers: Servers;
  record: SyncRecord;
}

export type Applied = Pick<SyncProgress, 'transactions' | 'rows'>;

const NOTHING: SyncProgress = { transactions: 0, rows: 0, lag_bytes: 0 };

/**
 * Applies the changes of those databases whose target does not do so itself; resolves when every one of them was told
 * to end. When one fails, the others are ended too.
 *
 * @returns what was applied, in the order of `databases`
 */
export async function followAll(
  deps: EngineDeps,
  progress: ProgressTracker,
  databases: readonly FollowedDatabase[],
): Promise<Applied[]> {
  if (databases.every(({ record }) => record.method === 'subscription')) return databases.map(() => NOTHING);
  progress.startPhase('sync');
  const latest = databases.map(() => NOTHING);
  const failing = new AbortController();
  const signal = AbortSignal.any([deps.signal, failing.signal]);
  const following = databases.map(async ({ servers, record }, index): Promise<Applied> => {
    if (record.method === 'subscription') return NOTHING;
    const onProgress = (own: SyncProgress): void => {
      latest[index] = own;
      progress.noteSync(latest.reduce(sumUp, NOTHING));
    };
    try {
      return await followStream({ ...deps, signal }, { servers, record, onProgress });
    } catch (error) {
      failing.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(following);
  // With the first failure: those after it only tell that they were ended.
  failing.signal.throwIfAborted();
  return Promise.all(following);
}

/** Of several databases the one that is furthest behind counts. */
function sumUp(all: SyncProgress, own: SyncProgress): SyncProgress {
  return {
    transactions: all.transactions + own.transactions,
    rows: all.rows + own.rows,
    lag_bytes: Math.max(all.lag_bytes, own.lag_bytes),
  };
}
