/**
 * The way back: what was the source follows what was the target, from the moment on at which both are equal. It is a
 * sync like any other, with a record of its own on the database that follows.
 */
import { listTables } from '../catalog/list-tables.ts';
import { sqlNameOf } from '../catalog/quote.ts';
import { readServerFacts } from '../catalog/read-server-facts.ts';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import { chooseMethod } from './choose-method.ts';
import { createSlot } from './create-slot.ts';
import { listSchemas } from './list-schemas.ts';
import { publishTables } from './publish-tables.ts';
import { startFollowing } from './start-following.ts';
import { createSyncRecord, markFollowing, noteMethod, noteSlot } from './store-sync-record.ts';
import { newSyncName } from './sync-names.ts';
import type { SyncRecord } from './sync-record.ts';
import { withWritingSession } from './with-writing-session.ts';

export interface StartReverseInput {
  /** As the way back sees them: the source is the database that is written to from now on. */
  servers: Servers;
  /** Of the way there, whose tables were followed. */
  forward: SyncRecord;
  /** Whether the database that is to follow was made read-only for everybody else. */
  isTargetLocked: boolean;
}

/** To be called while nobody writes to either database. */
export async function startReverse(
  deps: Pick<EngineDeps, 'signal'>,
  { servers, forward, isTargetLocked }: StartReverseInput,
): Promise<SyncRecord> {
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
        isTargetLocked,
        sourceSchemas: await listSchemas(session),
      }),
    );
    const { versionNum } = await readServerFacts(session);
    await publishTables(session, { name, tables, versionNum });
    const chosen = await chooseMethod(servers, { sync_method: 'auto' }, { name, tables: tables.length });
    return target.withSession((following) => noteMethod(following, created, chosen));
  });
  const consistentPoint = await createSlot(source, name);
  await target.withSession(async (session) => {
    await noteSlot(session, record, consistentPoint);
    await session.execute('update the record of continuous sync', markFollowing(record, null));
  });
  await startFollowing(deps, servers, record);
  return { ...record, state: 'following', applied: consistentPoint };
}
