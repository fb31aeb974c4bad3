import type { Session } from '../session/session.ts';
import { isSyncName } from '../sync/sync-names.ts';

export interface SlotOfOurs {
  name: string;
  retainedBytes: bigint;
}

/** Slots of this database that continuous sync has made and that nobody reads now. */
export async function listIdleSlots(source: Session): Promise<SlotOfOurs[]> {
  const rows = await source.query<{ name: string; retained: string }>(
    'list replication slots',
    `SELECT slot_name::text AS name,
            coalesce(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn), 0)::int8::text AS retained
     FROM pg_catalog.pg_replication_slots
     WHERE database = pg_catalog.current_database() AND NOT active ORDER BY slot_name`,
  );
  return rows
    .filter(({ name }) => isSyncName(name))
    .map(({ name, retained }) => ({ name, retainedBytes: BigInt(retained) }));
}
