import type { Session } from '../session/session.ts';

export interface Writer {
  /** Null for a prepared transaction. */
  pid: number | null;
  /** `process 123 (app, psql)` or `prepared transaction x` */
  label: string;
  /** How long its transaction has been open; null where this role may not know. */
  seconds: number | null;
}

/**
 * Transactions in this database that have written something. Every one holds a lock on its own number, which anybody
 * may see, whosever it is.
 */
export async function listWriters(session: Session): Promise<Writer[]> {
  const rows = await session.query<{
    pid: number | null;
    gid: string | null;
    who: string | null;
    seconds: string | null;
  }>(
    'look for transactions that write',
    `SELECT DISTINCT a.pid, NULL AS gid, pg_catalog.concat_ws(', ', a.usename, nullif(a.application_name, '')) AS who,
            pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::int8::text AS seconds
     FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
     WHERE l.locktype = 'transactionid' AND l.mode = 'ExclusiveLock' AND l.granted
       AND a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
       -- What is nobody's is autovacuum's.
       AND a.usesysid IS NOT NULL
     UNION ALL
     SELECT NULL, gid, owner, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - prepared)::int8::text
     FROM pg_catalog.pg_prepared_xacts WHERE database = pg_catalog.current_database()`,
  );
  return rows.map(({ pid, gid, who, seconds }) => ({
    pid,
    label: gid === null ? `process ${pid} (${who})` : `prepared transaction ${gid} (${who})`,
    seconds: seconds === null ? null : Number(seconds),
  }));
}
