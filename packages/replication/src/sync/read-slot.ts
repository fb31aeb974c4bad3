import type { Session } from '../session/session.ts';

/** A replication slot as its server shows it. Sizes are those of the log, which outgrow a number's exact range. */
export interface Slot {
  /** Of the server process that reads it, if any does. */
  activePid: number | null;
  /** `reserved`, `extended`, `unreserved`, `lost`; `unknown` where the server does not say. */
  walStatus: string;
  /** Why the server gave it up; null while it has not, and before version 17. */
  invalidationReason: string | null;
  retainedBytes: bigint;
  /** How much more it may keep; null for as much as the disk holds. */
  leftBytes: bigint | null;
  /** What its reader has confirmed, as pg_lsn; null before it was ever used. */
  confirmed: string | null;
  /** From there to the end of the log. */
  lagBytes: bigint | null;
  /** Where the source's log ends, as pg_lsn; null on a standby, which may be behind for a while. */
  walEnd: string | null;
  /** How long nobody may read it before it is given up; null for as long as they like. */
  idleLimitSeconds: number | null;
}

interface SlotRow {
  active_pid: number | null;
  wal_status: string;
  invalidation_reason: string | null;
  retained: string;
  left: string | null;
  confirmed: string | null;
  lag: string | null;
  wal_end: string | null;
  idle_limit: string | null;
}

/**
 * Null when there is no slot of this name. A column that only some versions have is asked for by its name in JSON.
 *
 * https://www.postgresql.org/docs/current/view-pg-replication-slots.html
 */
export async function readSlot(source: Session, name: string): Promise<Slot | null> {
  const [row] = await source.query<SlotRow & Record<string, unknown>>(
    'look for its replication slot',
    `SELECT s.active_pid, coalesce(s.wal_status, 'unknown') AS wal_status,
            pg_catalog.to_jsonb(s) ->> 'invalidation_reason' AS invalidation_reason,
            coalesce(pg_catalog.pg_wal_lsn_diff(log.seen, s.restart_lsn), 0)::int8::text AS retained,
            s.safe_wal_size::text AS left,
            s.confirmed_flush_lsn::text AS confirmed,
            pg_catalog.pg_wal_lsn_diff(log.seen, s.confirmed_flush_lsn)::int8::text AS lag,
            log.written::text AS wal_end,
            (SELECT CASE WHEN setting <> '0' THEN setting END FROM pg_catalog.pg_settings
             WHERE name = 'idle_replication_slot_timeout') AS idle_limit
     FROM pg_catalog.pg_replication_slots AS s
     CROSS JOIN (SELECT coalesce(w.written, pg_catalog.pg_last_wal_replay_lsn()) AS seen, w.written
                 FROM (SELECT CASE WHEN NOT pg_catalog.pg_is_in_recovery()
                                   THEN pg_catalog.pg_current_wal_lsn() END AS written) AS w) AS log
     WHERE s.slot_name = $1`,
    [name],
  );
  if (row === undefined) return null;
  return {
    activePid: row.active_pid,
    walStatus: row.wal_status,
    invalidationReason: row.invalidation_reason,
    retainedBytes: BigInt(row.retained),
    leftBytes: row.left === null ? null : BigInt(row.left),
    confirmed: row.confirmed,
    lagBytes: row.lag === null ? null : BigInt(row.lag),
    walEnd: row.wal_end,
    idleLimitSeconds: row.idle_limit === null ? null : Number(row.idle_limit),
  };
}

/** Whether somebody reads it now. */
export async function isBeingRead(source: Session, name: string): Promise<boolean> {
  const slot = await readSlot(source, name);
  return slot !== null && isRead(slot);
}

export function isRead({ activePid }: Slot): boolean {
  return activePid !== null;
}

/** Whether changes can no longer be read from it. */
export function isLost({ walStatus, invalidationReason }: Slot): boolean {
  return walStatus === 'lost' || invalidationReason !== null;
}
