import type { Servers } from '../session/server.ts';
import { advanceSlot } from './advance-slot.ts';
import { markFollowing, noteSlot } from './store-sync-record.ts';
import type { SyncRecord } from './sync-record.ts';
import { markSource } from './wait-for-position.ts';

/**
 * Lets the way back count from now on: what came the way there after it was prepared would be sent back otherwise. To
 * be called once nothing comes that way any more, and before anybody writes to what is the source now. May be repeated.
 */
export async function advanceReverse({ source, target }: Servers, record: SyncRecord): Promise<void> {
  if (record.state !== 'prepared') return;
  const position = await markSource(source);
  await advanceSlot(source, record.name, position);
  await target.withSession(async (session) => {
    await noteSlot(session, record, position);
    await session.execute('update the record of continuous sync', markFollowing(record, null));
  });
}
