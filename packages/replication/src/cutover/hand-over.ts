/**
 * The point of no return. Until all databases are marked, everything can be taken back; from the first slot that is
 * dropped on, there is only forward, and a run that dies is finished by the next one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Servers } from '../session/server.ts';
import { endSync } from '../sync/end-sync.ts';
import { setStopAt } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { setReadOnly } from './database-setting.ts';
import { isBeingRead } from './follow-to.ts';
import { noteCutover } from './note-cutover.ts';

/** A worker looks for its order to end every second or so; after this long it is ended. */
const WORKER_DEADLINE_MS = 15_000;
const POLL_MS = 200;

export async function markHandedOver({ target }: Servers, record: SyncRecord): Promise<SyncRecord> {
  return noteCutover(target, record, { isPastReturn: true });
}

/** Before anything was taken away. */
export async function unmarkHandedOver({ target }: Servers, record: SyncRecord): Promise<SyncRecord | null> {
  if (record.cutover?.isPastReturn !== true) return null;
  return noteCutover(target, record, { isPastReturn: false });
}

/** Takes away all that followed, but the record, and lets applications write to the target. It may be repeated. */
export async function handOver(servers: Servers, record: SyncRecord, signal: AbortSignal): Promise<void> {
  const { source, target } = servers;
  if (record.method === 'stream') await letWorkerEnd(servers, record, signal);
  // The way back needs the replica identities, and its record has them now.
  await endSync(servers, record, {
    keepsIdentities: record.cutover?.isReverseBegun === true,
    keepsRecord: true,
  });
  if (record.isTargetLocked) await setReadOnly(target, null);
}

/** A worker that is told where to end says that its job is done; one whose slot is dropped, that it failed. */
async function letWorkerEnd(
  { source, target }: Servers,
  record: SyncRecord,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isBeingRead(source, record.name))) return;
  await target.withSession((session) => setStopAt(session, record, record.applied));
  const deadline = performance.now() + WORKER_DEADLINE_MS;
  while (performance.now() < deadline && (await isBeingRead(source, record.name))) {
    await sleep(POLL_MS, undefined, { signal });
  }
}
