/**
 * What has to be there before a copy that is to be followed: the record, replica identities, the publication, and the
 * choice of who applies the changes. The slot comes after all of them, with the snapshot.
 */
import type { JobOptions, SkippedObject } from '@seren-replicator/job-models';
import type { Fingerprint } from '../checkpoint/fingerprint.ts';
import { oidsOf, type Table } from '../catalog/list-tables.ts';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { chooseMethod } from './choose-method.ts';
import { listSchemas } from './list-schemas.ts';
import { listObstacles, type Obstacle } from './list-obstacles.ts';
import { publishTables } from './publish-tables.ts';
import { readFollowedTables } from './read-followed-tables.ts';
import { makeFull } from './replica-identity.ts';
import { createSyncRecord, noteMethod } from './store-sync-record.ts';
import { newSyncName } from './sync-names.ts';
import type { MadeFull, SyncRecord } from './sync-record.ts';
import { orTakeBack } from './take-back.ts';
import { withWritingSession } from './with-writing-session.ts';

export interface PrepareSyncInput {
  servers: Servers;
  /** Whose rows are copied; asked once, before the snapshot: tables that are made meanwhile are not followed. */
  listTables: (session: Session) => Promise<Table[]>;
  options: Pick<JobOptions, 'sync_method' | 'no_key_tables'>;
  job: SyncRecord['job'];
  fingerprint: Fingerprint;
  versionNum: number;
}

/**
 * Everything up to the slot. What an interrupted run has left has been ended before; what this one has made is taken
 * back when it fails.
 */
export async function prepareSync(
  deps: Pick<EngineDeps, 'log'>,
  input: PrepareSyncInput,
): Promise<SyncRecord> {
  const { servers, options } = input;
  return withWritingSession(servers.source, async (source) => {
    const tables = await chooseTables(source, input);
    const record = await servers.target.withSession(async (target) =>
      createSyncRecord(target, {
        name: newSyncName(),
        method: options.sync_method === 'auto' ? 'subscription' : options.sync_method,
        reason: 'it is being tried out',
        job: input.job,
        fingerprint: input.fingerprint,
        tables: await readFollowedTables(source, tables.followed),
        leftOut: tables.leftOut,
        madeFull: tables.madeFull,
        targetLock: null,
        sourceSchemas: await listSchemas(source),
      }),
    );
    return orTakeBack(deps, servers, record, async () => {
      await makeFull(source, record.madeFull);
      const { name } = record;
      await publishTables(source, { name, tables: tables.followed, versionNum: input.versionNum });
      const chosen = await chooseMethod(servers, options, { name, tables: tables.followed.length });
      return servers.target.withSession((target) => noteMethod(target, record, chosen));
    });
  });
}

interface ChosenTables {
  followed: Table[];
  madeFull: MadeFull[];
  leftOut: SkippedObject[];
}

/** Which tables are published: those without a replica identity as the user has chosen. */
async function chooseTables(
  source: Session,
  { listTables, options }: PrepareSyncInput,
): Promise<ChosenTables> {
  const obstacles = await listObstacles(source);
  const chosen: ChosenTables = { followed: [], madeFull: [], leftOut: [] };
  for (const table of await listTables(source)) {
    const found = oidsOf(table).flatMap((oid) => obstacles.get(oid) ?? []);
    const reason = whyLeftOut(table, found, options);
    if (reason !== null) {
      chosen.leftOut.push({ object: `table ${table.label}`, reason });
      continue;
    }
    chosen.followed.push(table);
    chosen.madeFull.push(
      ...found.map(({ schema, name, isNothing }) => ({ schema, name, wasNothing: isNothing })),
    );
  }
  return chosen;
}

function whyLeftOut(
  table: Table,
  obstacles: readonly Obstacle[],
  { no_key_tables }: PrepareSyncInput['options'],
): string | null {
  if (table.configuration !== null) return 'its rows belong to an extension';
  if (obstacles.some(({ isUnlogged }) => isUnlogged)) return 'it is unlogged, so its changes are in no log';
  const lacking = obstacles.filter(({ lacksIdentity }) => lacksIdentity);
  if (lacking.length === 0) return null;
  if (lacking.some(({ cannotBeFull }) => cannotBeFull))
    return 'generated columns are not published, and it has no replica identity without them';
  return no_key_tables === 'full' ? null : 'it has no replica identity';
}
