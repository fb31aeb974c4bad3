/**
 * The way back: what was the source follows what was the target. It is a sync like any other, with a record of its own
 * on the database that follows. It does not begin before the way there is taken away: each would send the other back
 * what it got from it.
 */
import { listTables } from '../catalog/list-tables.ts';
import { sqlNameOf } from '../catalog/quote.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import type { Servers } from '../session/server.ts';
import { chooseMethod } from './choose-method.ts';
import { createSlot } from './create-slot.ts';
import { listSchemas } from './list-schemas.ts';
import { publishTables } from './publish-tables.ts';
import { createSyncRecord, markPrepared, noteMethod } from './store-sync-record.ts';
import { newSyncName } from './sync-names.ts';
import type { SyncRecord } from './sync-record.ts';
import { withWritingSession } from './with-writing-session.ts';

export interface PrepareReverseInput {
  /** As the way back sees them: the source is the database that is written to from now on. */
  servers: Servers;
  /** Of the way there, whose tables were followed. */
  forward: SyncRecord;
  /** Of the database that is to follow, where it was made read-only for everybody else. */
  targetLock: SyncRecord['targetLock'];
}

/** Everything up to the slot, which is there to be seen to work. */
export async function prepareReverse({
  servers,
  forward,
  targetLock,
}: PrepareReverseInput): Promise<SyncRecord> {
  const { source, target } = servers;
  const name = newSyncName();
  const record = await withWritingSession(source, async (session) => {
    const followed = new Set(forward.tables.map(sqlNameOf));
    const tables = (await listTables(session)).filter((table) => followed.has(sqlNameOf(table)));
    const created = await target.withSession(async (following) =>
      createSyncRecord(following, {
        name,
        method: 'stream',
        reason: 'it is being tried out',
        job: null,
        fingerprint: {},
        tables: forward.tables,
        leftOut: forward.leftOut,
        madeFull: forward.madeFull,
        targetLock,
        sourceSchemas: await listSchemas(session),
      }),
    );
    const { versionNum } = await readServerFacts(session);
    await publishTables(session, { name, tables, versionNum });
    const chosen = await chooseMethod(servers, { sync_method: 'auto' }, { name, tables: tables.length });
    return target.withSession((following) => noteMethod(following, created, chosen));
  });
  await createSlot(source, name);
  return target.withSession((session) => markPrepared(session, record));
}
