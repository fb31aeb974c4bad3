import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { endSync } from './end-sync.ts';
import { setStopAt } from './store-sync-record.ts';
import type { SyncRecord } from './sync-record.ts';

/** For a follower to see that it is to end; one that does not is cut off from the slot. */
const FAREWELL_MS = 10_000;
const POLL_MS = 200;
/** Before every change. */
const BEGINNING = '0/0';

/** Ends a sync for good: a worker that follows is told to end first, so that its job ends well. */
export async function stopSync(
  { signal }: Pick<EngineDeps, 'signal'>,
  servers: Servers,
  record: SyncRecord,
): Promise<void> {
  if (record.method === 'stream') {
    await servers.target.withSession((session) => setStopAt(session, record, BEGINNING));
    await waitUntilIdle(servers, record, signal);
  }
  await endSync(servers, record);
}

async function waitUntilIdle({ source }: Servers, { name }: SyncRecord, signal: AbortSignal): Promise<void> {
  await source.withSession(async (session) => {
    const deadline = performance.now() + FAREWELL_MS;
    while (performance.now() < deadline) {
      const active = await session.query(
        'look for its replication slot',
        'SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND active',
        [name],
      );
      if (active.length === 0) return;
      await sleep(POLL_MS, undefined, { signal });
    }
  });
}
