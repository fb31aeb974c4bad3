import type { Session } from '../session/session.ts';

/** A subscription as its server shows it. */
export interface Subscription {
  oid: string;
  isEnabled: boolean;
  /** Of the process that applies changes; null when there is none now. */
  workerPid: number | null;
  /** How often applying has failed, ever; null before version 15, which does not count. */
  errors: number | null;
  /** Changes that were passed over or met other rows than expected, by what the server calls that; from 18 on. */
  conflicts: Readonly<Record<string, number>>;
}

interface SubscriptionRow {
  oid: string;
  is_enabled: boolean;
  worker_pid: number | null;
  stats: Record<string, number | string | null> | null;
}

const STATS_VERSION_NUM = 150_000;
const CONFLICT_PREFIX = 'confl_';

/**
 * Null when the database has no subscription of this name. Columns are named one by one: the one with the password is
 * not for everybody to read. Workers of single tables and parallel ones are not the one that is meant.
 *
 * https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SUBSCRIPTION-STATS
 */
export async function readSubscription(
  target: Session,
  name: string,
  versionNum: number,
): Promise<Subscription | null> {
  const stats =
    versionNum >= STATS_VERSION_NUM
      ? `(SELECT pg_catalog.to_jsonb(c) FROM pg_catalog.pg_stat_subscription_stats AS c WHERE c.subid = s.oid)`
      : 'NULL::jsonb';
  const [row] = await target.query<SubscriptionRow & Record<string, unknown>>(
    'look for its subscription',
    `SELECT s.oid::int8::text AS oid, s.subenabled AS is_enabled, ${stats} AS stats,
            (SELECT w.pid FROM pg_catalog.pg_stat_subscription AS w
             WHERE w.subid = s.oid AND w.relid IS NULL AND pg_catalog.to_jsonb(w) ->> 'leader_pid' IS NULL
             LIMIT 1) AS worker_pid
     FROM pg_catalog.pg_subscription AS s
     WHERE s.subname = $1
       AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
    [name],
  );
  if (row === undefined) return null;
  const counted = Object.entries(row.stats ?? {}).filter(
    ([column, count]) => column.startsWith(CONFLICT_PREFIX) && Number(count) > 0,
  );
  return {
    oid: row.oid,
    isEnabled: row.is_enabled,
    workerPid: row.worker_pid,
    errors: row.stats === null ? null : Number(row.stats['apply_error_count'] ?? 0),
    conflicts: Object.fromEntries(
      counted.map(([column, count]) => [column.slice(CONFLICT_PREFIX.length), Number(count)]),
    ),
  };
}
