import type { Session } from '../session/session.ts';
import type { EngineDeps } from '../engine.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { tuningOf } from '../tuning.ts';
import { measureLag, type Lag } from './measure-lag.ts';
import { watchSubscription, type SubscriptionWatch } from './watch-subscription.ts';

export type StatusDeps = Pick<EngineDeps, 'signal' | 'tuning'>;

export interface LookInput {
  source: Session;
  target: Session;
  targetVersionNum: number;
  record: SyncRecord;
  maxLagSeconds: number;
  deps: StatusDeps;
}

/** One look at both sides, as long as its input says where changes do not arrive. */
export interface Look {
  /** Null when there is no slot. */
  lag: Lag | null;
  watch: SubscriptionWatch;
}

export async function lookAtSync(input: LookInput): Promise<Look> {
  const { source, target, targetVersionNum, record, maxLagSeconds, deps } = input;
  const { name, method, conflict } = record;
  const over = new AbortController();
  const { watch, isStuck, ended } = watchSubscription({
    target,
    name,
    versionNum: targetVersionNum,
    over: over.signal,
  });
  const isNative = method === 'subscription';
  const measured = measureLag({
    source,
    name,
    signal: AbortSignal.any([deps.signal, over.signal]),
    deadlineMs: tuningOf(deps).lagDeadlineMs,
    maxLagMs: maxLagSeconds * 1000,
    // The server starts a worker that has failed again, after seconds; nobody starts one of ours.
    mayReadAgain: () => isNative && watch.subscription?.isEnabled === true,
    isStuck: () => conflict !== null || isStuck(),
  });
  // Both have to be over before their sessions are closed; who fails ends the other.
  const endBoth = () => over.abort();
  const [lag, watched] = await Promise.allSettled([measured.finally(endBoth), ended.finally(endBoth)]);
  if (watched.status === 'rejected') throw watched.reason;
  if (lag.status === 'rejected') throw lag.reason;
  return { lag: lag.value, watch };
}
