/**
 * The point of no return, which is the slot: while it is there, everything can be taken back, and a run that finds it
 * begins anew, because somebody may have written to the source meanwhile. Once it is gone there is only forward. The
 * mark that is written before tells a slot that was taken away from one that was lost.
 */
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { stopSync } from '../sync/stop-sync.ts';
import type { CutoverNote, SyncRecord } from '../sync/sync-record.ts';
import type { CutoverDatabase } from './cutover-context.ts';
import { advanceFollowingBack, startFollowingBack } from './follow-back.ts';
import { letWritersIn } from './lock-source.ts';
import { noteCutover, withChanges } from './note-cutover.ts';

const MARK: Partial<CutoverNote> = { isPastReturn: true };

export function asHandedOver(record: SyncRecord): CutoverNote {
  return withChanges(record, MARK);
}

export async function markHandedOver({ target }: Servers, record: SyncRecord): Promise<void> {
  await noteCutover(target, record, MARK);
}

/** Before anything was taken away. */
export async function unmarkHandedOver({ target }: Servers, record: SyncRecord): Promise<SyncRecord | null> {
  if (record.cutover?.isPastReturn !== true) return null;
  return noteCutover(target, record, { isPastReturn: false });
}

/**
 * Takes away all that followed, but the record, lets applications write to the target, and the old source follow it. It
 * may be repeated.
 */
export async function handOver(deps: EngineDeps, { scope, record, reverse }: CutoverDatabase): Promise<void> {
  const { servers } = scope;
  await stopSync(deps, servers, record, { keepsRecord: true });
  if (reverse !== null) await advanceFollowingBack(deps, servers, reverse);
  if (record.targetLock !== null) await letWritersIn(servers.target, record.targetLock, deps.signal);
  if (reverse !== null) await startFollowingBack(deps, servers, reverse);
}
