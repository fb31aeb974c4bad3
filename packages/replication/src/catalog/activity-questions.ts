import { askOne, askSample } from './ask.ts';
import type { ObjectName } from './quote.ts';

/** A transaction that has been open for longer than this is worth a word. */
const LONG_TRANSACTION_SECONDS = 300;

export interface LongTransaction {
  pid: number;
  user: string | null;
  application: string | null;
  seconds: number;
}

export interface BlockingLock extends ObjectName {
  /** Null for a prepared transaction. */
  pid: number | null;
  user: string | null;
  application: string | null;
  /** False while its holder waits for it, and everybody behind waits too. */
  is_held: boolean;
}

/** Of a source: what others are doing there that a copy would wait for. */
export function activityQuestions(longTransactionSeconds = LONG_TRANSACTION_SECONDS) {
  return {
    /** Of this database; of others only those that have written, which a logical slot waits for. */
    longTransactions: askSample<LongTransaction>(`
    SELECT pid, usename AS "user", nullif(application_name, '') AS application,
           pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - xact_start)::int8 AS seconds
    FROM pg_catalog.pg_stat_activity
    WHERE pid <> pg_catalog.pg_backend_pid() AND backend_type = 'client backend'
      AND (datname = pg_catalog.current_database() OR backend_xid IS NOT NULL)
      AND xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ${longTransactionSeconds})
    ORDER BY xact_start`),
    preparedTransactions: askSample<{ gid: string; owner: string; prepared: string }>(`
    SELECT gid, owner, prepared::text FROM pg_catalog.pg_prepared_xacts
    WHERE database = pg_catalog.current_database() ORDER BY prepared`),
    /** The one lock that ACCESS SHARE waits for, held or waited for before us. */
    blockingLocks: askSample<BlockingLock>(`
    SELECT r.schema, r.name, l.pid, a.usename AS "user", nullif(a.application_name, '') AS application,
           l.granted AS is_held
    FROM pg_catalog.pg_locks AS l
    JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
    JOIN relations AS r ON r.oid = l.relation AND r.relkind IN ('r', 'p')
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
    ORDER BY r.schema, r.name`),
    /** What other roles' sessions do is kept from a role without this. */
    activityView: askOne<{ is_whole: boolean }>(
      `SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS is_whole`,
    ),
  };
}
