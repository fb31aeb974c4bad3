import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../session/server.ts';
import { isBeingRead } from './read-slot.ts';
import { setStopAt } from './store-sync-record.ts';
import type { SyncRecord } from './sync-record.ts';

/** For a follower to see that it is to end; one that does not is cut off from the slot when that is dropped. */
const FAREWELL_MS = 10_000;
const POLL_MS = 200;
/** Before every change. */
const BEGINNING = '0/0';

/** Tells a worker that follows to end, so that its job ends well, and waits until it does. */
export async function endFollower(
  { source, target }: Servers,
  record: SyncRecord,
  signal: AbortSignal,
): Promise<void> {
  if (record.method !== 'stream') return;
  await source.withSession(async (watcher) => {
    if (!(await isBeingRead(watcher, record.name))) return;
    await target.withSession((session) => setStopAt(session, record, BEGINNING));
    const deadline = performance.now() + FAREWELL_MS;
    while (performance.now() < deadline && (await isBeingRead(watcher, record.name))) {
      await sleep(POLL_MS, undefined, { signal });
    }
  });
}
