/**
 * The target's own subscription: whether it follows, and what stops it. The server tells that applying fails, and how
 * often; which row it was is in its log alone, unless to try it finds the same.
 *
 * https://www.postgresql.org/docs/current/logical-replication-conflicts.html
 */
import type { SyncConflict } from '@seren-replicator/job-models';
import pg from 'pg';
import { formatLsn } from '../stream/lsn.ts';
import { BEGIN_ANEW, describeBytes, SYNC_COMMAND, type Attention, type Judgement } from './judgement.ts';
import type { Lag } from './measure-lag.ts';
import type { Subscription } from './read-subscription.ts';
import type { SubscriptionWatch } from './watch-subscription.ts';

export interface StuckTransaction {
  commitLsn: bigint;
  /** The change that the target refuses; null where that was not found out. */
  conflict: SyncConflict | null;
}

export interface SubscriptionFacts {
  name: string;
  versionNum: number;
  watch: SubscriptionWatch;
  lag: Lag | null;
  /** What the target would apply next; null where it could not be had. */
  next: StuckTransaction | null;
}

export function judgeSubscription(facts: SubscriptionFacts): Judgement {
  const { name, watch, lag } = facts;
  const { subscription } = watch;
  if (subscription === null) {
    return broken({ message: `the target has no subscription ${name} any more`, fix: SYNC_COMMAND });
  }
  const passedOver = judgePassedOver(subscription);
  if (!subscription.isEnabled) {
    const kept = lag === null ? '' : `; the source keeps ${describeBytes(lag.slot.retainedBytes)} of its log`;
    const disabled = {
      message: `the target's subscription ${name} is disabled${kept}`,
      fix: `ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} ENABLE; /* on the target */`,
    };
    return { state: 'waiting', conflicts: [], attention: [disabled, ...passedOver] };
  }
  if (lag !== null && lag.seconds === null) {
    if (watch.newErrors > 0) return failing(facts, subscription, passedOver);
    if (!watch.hasSteadyWorker) {
      if (facts.next?.conflict != null) return failing(facts, subscription, passedOver);
      return broken(judgeUnsteady(facts, subscription), passedOver);
    }
  }
  return { state: 'following', conflicts: [], attention: passedOver };
}

function broken(cause: Attention, others: readonly Attention[] = []): Judgement {
  return { state: 'broken', conflicts: [], attention: [cause, ...others] };
}

function failing(
  facts: SubscriptionFacts,
  subscription: Subscription,
  others: readonly Attention[],
): Judgement {
  const attempts = subscription.errors === null ? '' : ` (${subscription.errors} attempts so far)`;
  const refused = facts.next?.conflict ?? null;
  const fix = describeWayOut(facts, subscription);
  if (refused === null) {
    const message = `the target cannot apply the next transaction${attempts}; its server log names the row`;
    const conflict = { table: "named in the target's server log", key: '', message, fix };
    return { state: 'broken', conflicts: [conflict], attention: [{ message, fix }, ...others] };
  }
  const conflict = { ...refused, message: `${refused.message}${attempts}`, fix };
  const row = refused.key === '' ? '' : `, row ${refused.key}`;
  const attention = { message: `${conflict.message} (table ${refused.table}${row})`, fix };
  return { state: 'broken', conflicts: [conflict], attention: [attention, ...others] };
}

/** Before version 15 a server does not count failures: it can only be seen that no worker stays. */
function judgeUnsteady(facts: SubscriptionFacts, subscription: Subscription): Attention {
  const reason =
    subscription.errors === null
      ? 'either it does not reach the source, or a change cannot be applied'
      : 'it does not reach the source, or the source does not let it read';
  return {
    message: `no worker of the target's subscription ${facts.name} stays running: ${reason}; the target's server log says which`,
    fix:
      subscription.errors === null
        ? describeWayOut(facts, subscription)
        : `mend what the log names, then: ${SYNC_COMMAND}`,
  };
}

/** From here on a server names the origin and the position in its log, and can skip a transaction. */
const SKIP_VERSION_NUM = 150_000;

/** The worker tries again by itself, so that to mend the row is enough. */
function describeWayOut({ name, versionNum, next }: SubscriptionFacts, { oid }: Subscription): string {
  const quoted = pg.escapeIdentifier(name);
  const origin = `pg_${oid}`;
  const lsn = next === null ? '<finished at>' : formatLsn(next.commitLsn);
  const canSkip = versionNum >= SKIP_VERSION_NUM;
  const words = canSkip ? `replication origin "${origin}"` : 'processing remote data';
  const skip = canSkip
    ? `ALTER SUBSCRIPTION ${quoted} SKIP (lsn = '${lsn}');`
    : `ALTER SUBSCRIPTION ${quoted} DISABLE; SELECT pg_catalog.pg_replication_origin_advance('${origin}', '${lsn}'::pg_lsn + 1); ALTER SUBSCRIPTION ${quoted} ENABLE;`;
  const mend =
    next?.conflict?.fix ??
    `look in the target's server log for ‘${words}’ and the ERROR above it, and mend that row on the target: it is then applied by itself`;
  return [
    mend,
    `or pass the whole transaction of the source over${next === null ? ', with the position that the log says it finished at' : ''}: ${skip}`,
    'then compare: seren-replicator verify',
  ].join('; ');
}

/** Of what a server counts, that which is no error to it. */
const NO_ERROR: ReadonlySet<string> = new Set([
  'update_origin_differs',
  'update_missing',
  'delete_origin_differs',
  'delete_missing',
]);

/** From 18 on the server counts changes that found no row, or another one, which it passes over without a word. */
function judgePassedOver({ conflicts }: Subscription): Attention[] {
  const passedOver = Object.entries(conflicts).filter(([kind]) => NO_ERROR.has(kind));
  const counts = passedOver.map(([kind, count]) => `${kind.replaceAll('_', ' ')}: ${count}`);
  if (counts.length === 0) return [];
  return [
    {
      message: `changes met other rows on the target than the source had (${counts.join(', ')}): somebody else has written there`,
      fix: `seren-replicator verify, which names the rows; to begin anew: ${BEGIN_ANEW}`,
    },
  ];
}
