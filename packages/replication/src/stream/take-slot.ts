/** Makes sure that a slot can be read, by us alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import { endBackends } from '../session/end-backends.ts';
import type { Session } from '../session/session.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { compareLsn, parseLsn } from './lsn.ts';

const DEADLINE_MS = 60_000;
const POLL_MS = 100;
const LOST = 'lost';
export const ONLY_A_COPY =
  'changes are missing that only a new copy brings; run sync --stop, then init --drop-existing';

interface SlotRow {
  wal_status: string | null;
  active_pid: number | null;
  confirmed: string | null;
  /** End of the source's log; null on a standby, which may be behind for a while. */
  wal_end: string | null;
}

/**
 * Whoever reads it is a predecessor whose end the source has not noticed: only the holder of the applier's claim comes
 * here. It is ended. The server itself would pass over what is between the record's position and that of a slot which
 * is ahead, without a word.
 *
 * @param source a session of the source
 * @throws ReplicatorError `slot_lost`; `target_in_use` when somebody reads it who does not end
 */
export async function takeSlot(
  source: Session,
  { name, applied }: Pick<SyncRecord, 'name' | 'applied'>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const slot = await readSlot(source, name);
    if (slot === undefined) throw slotLost(name, 'is not there');
    if (slot.wal_status === LOST) throw slotLost(name, 'has lost its log (max_slot_wal_keep_size)');
    if (slot.active_pid === null) {
      checkPosition(name, slot, applied);
      return;
    }
    if (performance.now() > deadline) {
      throw new ReplicatorError(
        'target_in_use',
        `The replication slot ${name} on the source is read by its server process ${slot.active_pid}; end it, then run sync again.`,
      );
    }
    await endBackends(source, [slot.active_pid]);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function checkPosition(name: string, { confirmed, wal_end }: SlotRow, applied: string): void {
  if (confirmed !== null && compareLsn(confirmed, applied) > 0) {
    throw slotLost(
      name,
      `was read to ${confirmed}, while the target has applied changes to ${applied} (it is an older state of itself, or somebody else has read the slot)`,
    );
  }
  if (wal_end !== null && compareLsn(wal_end, applied) < 0) {
    throw slotLost(
      name,
      `is of a log that ends at ${wal_end}, before ${applied}, to which the target has applied changes (the source is an older state of itself)`,
    );
  }
}

export function slotLost(name: string, what: string, cause?: unknown): ReplicatorError {
  return new ReplicatorError(
    'slot_lost',
    `The replication slot ${name} on the source ${what}: ${ONLY_A_COPY}.`,
    { cause },
  );
}

/** Whether the source has heard that changes up to a position are durable here. */
export async function isConfirmed(source: Session, name: string, position: bigint): Promise<boolean> {
  const slot = await readSlot(source, name);
  return slot !== undefined && slot.confirmed !== null && parseLsn(slot.confirmed) >= position;
}

async function readSlot(source: Session, name: string): Promise<SlotRow | undefined> {
  const [slot] = await source.query<SlotRow & Record<string, unknown>>(
    'look for its replication slot',
    `SELECT wal_status, active_pid, confirmed_flush_lsn::text AS confirmed,
            CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_current_wal_flush_lsn()::text END AS wal_end
     FROM pg_catalog.pg_replication_slots WHERE slot_name = $1`,
    [name],
  );
  return slot;
}
