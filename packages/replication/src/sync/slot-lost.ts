import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { isLost, readSlot, type Slot } from './read-slot.ts';

const ONLY_A_COPY =
  'changes are missing that only a new copy brings; run sync --stop, then init --drop-existing';

export function slotLost(name: string, what: string, cause?: unknown): ReplicatorError {
  return new ReplicatorError(
    'slot_lost',
    `The replication slot ${name} on the source ${what}: ${ONLY_A_COPY}.`,
    { cause },
  );
}

export function publicationLost(name: string, what: string): ReplicatorError {
  return new ReplicatorError('slot_lost', `The publication ${name} on the source ${what}: ${ONLY_A_COPY}.`);
}

/**
 * The slot, which has all that was not confirmed yet.
 *
 * @param source a session of the source
 * @throws ReplicatorError `slot_lost`
 */
export async function requireSlot(source: Session, name: string): Promise<Slot> {
  const slot = await readSlot(source, name);
  if (slot === null) throw slotLost(name, 'is not there');
  if (!isLost(slot)) return slot;
  throw slotLost(name, `has lost its log (${slot.invalidationReason ?? 'max_slot_wal_keep_size'})`);
}
