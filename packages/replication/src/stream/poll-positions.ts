/** Asks both servers every now and then: where to end, how far the source's log has come, and whether all is in it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { syncTable, type SyncRecord } from '../sync/sync-record.ts';
import { checkPublication } from './check-publication.ts';
import type { SharedSession } from './shared-session.ts';

const INTERVAL_MS = 1_000;
/** It names every table. */
const PUBLICATION_INTERVAL_MS = 5_000;
const WAL_END = `
  SELECT (CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
          ELSE pg_catalog.pg_current_wal_flush_lsn() END)::text AS wal_end`;

export interface Positions {
  stopAt: string | null;
  /** End of the source's log. */
  walEnd: string;
}

export interface PollInput {
  target: SharedSession;
  source: SharedSession;
  record: SyncRecord;
  onPositions: (positions: Positions) => void;
  signal: AbortSignal;
}

/**
 * Until the signal is aborted.
 *
 * @throws ReplicatorError `slot_lost` when changes are left out of what is published
 */
export async function pollPositions({
  target,
  source,
  record,
  onPositions,
  signal,
}: PollInput): Promise<void> {
  let checkedAt = -Infinity;
  while (!signal.aborted) {
    if (performance.now() - checkedAt >= PUBLICATION_INTERVAL_MS) {
      await source.use((session) => checkPublication(session, record));
      checkedAt = performance.now();
    }
    const [{ stop_at }, { wal_end }] = await Promise.all([
      target.use((session) =>
        session.queryOne<{ stop_at: string | null }>(
          'read where to end',
          `SELECT stop_at::text AS stop_at FROM ${syncTable(record, 'run')}`,
        ),
      ),
      source.use((session) => session.queryOne<{ wal_end: string }>('ask for the end of its log', WAL_END)),
    ]);
    onPositions({ stopAt: stop_at, walEnd: wal_end });
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
  }
}
