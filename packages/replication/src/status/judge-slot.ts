import type { SyncRecord } from '../sync/sync-record.ts';
import { BEGIN_ANEW, describeBytes, type Attention } from './judgement.ts';
import { isLost, type Slot } from '../sync/read-slot.ts';

const LIFT_LIMIT =
  'ALTER SYSTEM SET max_slot_wal_keep_size = -1; SELECT pg_catalog.pg_reload_conf(); /* on the source */';
/** Of all that the slot may keep, this part is left when somebody should know. */
const SMALL_PART = 4n;

export interface SlotFacts {
  slot: Slot | null;
  wasRead: boolean;
  record: Pick<SyncRecord, 'name' | 'state'>;
  /** How the source that was asked differs from the one that was copied, in words; null when it does not. */
  otherSource: string | null;
}

/** Null while the slot still has every change. */
export function judgeLoss({ slot, record, otherSource }: SlotFacts): Attention | null {
  if (slot === null) {
    // The record is there before the slot: a copy that has just begun lacks nothing.
    if (record.state === 'copying') return null;
    return {
      message:
        otherSource === null
          ? `the replication slot ${record.name} is not on the source any more, and changes are lost with it`
          : `the replication slot ${record.name} is not on this source, which is another than the one that was copied: ${otherSource}`,
      fix:
        otherSource === null
          ? BEGIN_ANEW
          : `give the URL of the source that was copied, or begin anew: ${BEGIN_ANEW}`,
    };
  }
  if (!isLost(slot)) return null;
  const { invalidationReason } = slot;
  const reason = invalidationReason === null ? '' : ` (${invalidationReason})`;
  return {
    message: `the source has given up the replication slot ${record.name}${reason}, and changes are lost with it`,
    fix: `${BEGIN_ANEW}; so that it does not happen again: ${LIFT_LIMIT}`,
  };
}

/** What may become of a slot that is not lost. */
export function judgeRetention({ slot, wasRead }: SlotFacts): Attention[] {
  if (slot === null || isLost(slot)) return [];
  const { walStatus, retainedBytes, leftBytes, idleLimitSeconds } = slot;
  const attention: Attention[] = [];
  if (walStatus === 'unreserved') {
    attention.push({
      message: `the source's next checkpoint may remove log that the target still needs (it keeps ${describeBytes(retainedBytes)})`,
      fix: LIFT_LIMIT,
    });
  } else if (leftBytes !== null && leftBytes * SMALL_PART < retainedBytes + leftBytes) {
    attention.push({
      message: `the source keeps ${describeBytes(retainedBytes)} of its log for the target, and gives the slot up after ${describeBytes(leftBytes)} more`,
      fix: LIFT_LIMIT,
    });
  }
  if (!wasRead && idleLimitSeconds !== null) {
    attention.push({
      message: `the source gives the slot up when nobody has read it for ${idleLimitSeconds} s`,
      fix: 'ALTER SYSTEM SET idle_replication_slot_timeout = 0; SELECT pg_catalog.pg_reload_conf(); /* on the source */',
    });
  }
  return attention;
}
