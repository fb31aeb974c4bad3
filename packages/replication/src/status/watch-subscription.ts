import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../session/session.ts';
import { readSubscription, type Subscription } from './read-subscription.ts';

const POLL_MS = 200;
/** One may be a deadlock, which the next attempt gets over. */
const ERRORS_UNTIL_STUCK = 2;

/** What a subscription did while it was looked at. */
export interface SubscriptionWatch {
  /** As it was last seen; null when it is not there. */
  subscription: Subscription | null;
  /** How often applying failed meanwhile; 0 where the server does not count. */
  newErrors: number;
  /** One and the same worker was there twice in a row. */
  hasSteadyWorker: boolean;
}

export interface WatchSubscriptionInput {
  target: Session;
  name: string;
  versionNum: number;
  /** Ends the watch. */
  over: AbortSignal;
}

/** Looks at a subscription again and again; what it knows so far is in what it gives, which changes until it resolves. */
export function watchSubscription(input: WatchSubscriptionInput): {
  watch: SubscriptionWatch;
  isStuck: () => boolean;
  ended: Promise<void>;
} {
  const watch: SubscriptionWatch = { subscription: null, newErrors: 0, hasSteadyWorker: false };
  return { watch, isStuck: () => watch.newErrors >= ERRORS_UNTIL_STUCK, ended: follow(watch, input) };
}

async function follow(watch: SubscriptionWatch, input: WatchSubscriptionInput): Promise<void> {
  const { target, name, versionNum, over } = input;
  let errorsBefore: number | null = null;
  for (;;) {
    const before = watch.subscription;
    watch.subscription = await readSubscription(target, name, versionNum);
    const { errors = null, workerPid = null } = watch.subscription ?? {};
    errorsBefore ??= errors;
    watch.newErrors = (errors ?? 0) - (errorsBefore ?? 0);
    watch.hasSteadyWorker ||= workerPid !== null && workerPid === before?.workerPid;
    if (over.aborted) return;
    // Only wakes it: what is over is not a failure.
    await sleep(POLL_MS, undefined, { signal: over }).catch(() => undefined);
  }
}
