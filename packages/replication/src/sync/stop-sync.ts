import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { endFollower } from './end-follower.ts';
import { endSync, type EndSyncOptions } from './end-sync.ts';
import type { SyncRecord } from './sync-record.ts';

/** Ends a sync for good: a worker that follows is told to end first, so that its job ends well. */
export async function stopSync(
  { signal, log }: Pick<EngineDeps, 'signal' | 'log'>,
  servers: Servers,
  record: SyncRecord,
  options: Pick<EndSyncOptions, 'keepsRecord'> = {},
): Promise<void> {
  await endFollower(servers, record, signal);
  const kept = await endSync(servers, record, {
    ...options,
    // A way back that was begun has them in its own record.
    keepsIdentities: record.cutover?.isReverseBegun === true,
  });
  if (kept.length === 0) return;
  log.warn({ tables: kept }, 'replica identities stay FULL: other publications have these tables');
}
