import type { Session } from '../session/session.ts';
import { readSlot } from './read-slot.ts';
import type { SyncRecord } from './sync-record.ts';

/**
 * Whether a cutover is past its point of no return: it has said that it takes away what follows, and the slot is gone.
 * That is no loss, and there is nothing to go on with but the cutover.
 */
export async function isHandedOver(
  source: Session,
  { name, cutover }: Pick<SyncRecord, 'name' | 'cutover'>,
): Promise<boolean> {
  if (cutover?.isPastReturn !== true) return false;
  return (await readSlot(source, name)) === null;
}
