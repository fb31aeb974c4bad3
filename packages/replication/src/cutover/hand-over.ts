/**
 * The point of no return. Until all databases are marked, everything can be taken back; from the first slot that is
 * dropped on, there is only forward, and a run that dies is finished by the next one.
 */
import type { Servers } from '../session/server.ts';
import { endSync } from '../sync/end-sync.ts';
import { endFollower } from '../sync/end-follower.ts';
import type { CutoverNote, SyncRecord } from '../sync/sync-record.ts';
import { setReadOnly } from './database-setting.ts';
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

/** Takes away all that followed, but the record, and lets applications write to the target. It may be repeated. */
export async function handOver(servers: Servers, record: SyncRecord, signal: AbortSignal): Promise<void> {
  const { target } = servers;
  await endFollower(servers, record, signal);
  // The way back needs the replica identities, and its record has them now.
  await endSync(servers, record, {
    keepsIdentities: record.cutover?.isReverseBegun === true,
    keepsRecord: true,
  });
  if (record.isTargetLocked) await setReadOnly(target, null);
}
