/**
 * Makes the source's database read-only for as long as the cutover lasts, and after it: new sessions begin read-only by
 * the database's setting, and those that are open are ended, so that they come back so. What the setting was is written
 * down on the target before it is changed. A session may still say BEGIN READ WRITE: the comparison at the end finds
 * what it wrote.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Server, Servers } from '../session/server.ts';
import type { DatabaseLock, SyncRecord } from '../sync/sync-record.ts';
import { readOnlyStatement, readReadOnlySetting, setReadOnly } from './database-setting.ts';
import { endClientSessions } from './end-client-sessions.ts';
import { listWriters } from './list-writers.ts';
import { noteCutover } from './note-cutover.ts';

const WRITERS_DEADLINE_MS = 10_000;
const POLL_MS = 100;

/**
 * @param onNoted gets the record before the source is touched: what is noted has to be taken back if this rejects
 * @returns how many sessions were ended
 */
export async function lockSource(
  { source, target }: Servers,
  record: SyncRecord,
  { signal, onNoted }: { signal: AbortSignal; onNoted: (record: SyncRecord) => void },
): Promise<number> {
  return source.withSession(async (session) => {
    const before = await readReadOnlySetting(session);
    if (record.cutover?.lock == null) {
      onNoted(await noteCutover(target, record, { lock: { before: before.value, since: before.now } }));
    }
    await setReadOnly(source, 'on');
    const { now: until } = await readReadOnlySetting(session);
    return endClientSessions(session, { from: null, until, signal });
  });
}

/** Gives a database back the setting that it had, and ends the sessions that began without the right to write. */
export async function letWritersIn(server: Server, lock: DatabaseLock, signal: AbortSignal): Promise<void> {
  await setReadOnly(server, lock.before);
  await server.withSession(async (session) => {
    const { now: until } = await readReadOnlySetting(session);
    await endClientSessions(session, { from: lock.since, until, signal });
  });
}

/** Lets writers into the source again, if it was locked. */
export async function unlockSource(
  { source, target }: Servers,
  record: SyncRecord,
  signal: AbortSignal,
): Promise<SyncRecord | null> {
  const lock = record.cutover?.lock ?? null;
  if (lock === null) return null;
  await letWritersIn(source, lock, signal);
  return noteCutover(target, record, { lock: null });
}

/** How somebody does it by hand. */
export function unlockStatement({ source }: Servers, record: SyncRecord): string {
  return `${readOnlyStatement(source.database, record.cutover?.lock?.before ?? null)};`;
}

/**
 * Waits until no transaction that has written is open on the source.
 *
 * @throws ReplicatorError `checks_failed` naming those that stay
 */
export async function waitForWriters({ source }: Servers, signal: AbortSignal): Promise<void> {
  await source.withSession(async (session) => {
    const deadline = performance.now() + WRITERS_DEADLINE_MS;
    for (;;) {
      const writers = await listWriters(session);
      if (writers.length === 0) return;
      if (performance.now() > deadline) {
        throw new ReplicatorError(
          'checks_failed',
          `Somebody still writes to the ${source.describe()}: ${writers.map(({ label }) => label).join(', ')}; end that, then run the same command again.`,
        );
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  });
}
