/** Makes sure that a slot can be read, by us alone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import { endBackends } from '../session/end-backends.ts';
import type { Session } from '../session/session.ts';
import { readSlot, type Slot } from '../sync/read-slot.ts';
import { requireSlot, slotLost } from '../sync/slot-lost.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { compareLsn, parseLsn } from './lsn.ts';

const DEADLINE_MS = 60_000;
const POLL_MS = 100;

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
    const slot = await requireSlot(source, name);
    if (slot.activePid === null) {
      checkPosition(name, slot, applied);
      return;
    }
    if (performance.now() > deadline) {
      throw new ReplicatorError(
        'target_in_use',
        `The replication slot ${name} on the source is read by its server process ${slot.activePid}; end it, then run sync again.`,
      );
    }
    await endBackends(source, [slot.activePid]);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function checkPosition(name: string, { confirmed, walEnd }: Slot, applied: string): void {
  if (confirmed !== null && compareLsn(confirmed, applied) > 0) {
    throw slotLost(
      name,
      `was read to ${confirmed}, while the target has applied changes to ${applied} (it is an older state of itself, or somebody else has read the slot)`,
    );
  }
  if (walEnd !== null && compareLsn(walEnd, applied) < 0) {
    throw slotLost(
      name,
      `is of a log that ends at ${walEnd}, before ${applied}, to which the target has applied changes (the source is an older state of itself)`,
    );
  }
}

/** Whether the source has heard that changes up to a position are durable here. */
export async function isConfirmed(source: Session, name: string, position: bigint): Promise<boolean> {
  const slot = await readSlot(source, name);
  return slot?.confirmed != null && parseLsn(slot.confirmed) >= position;
}
