/** Statements that read and write the record of a sync, on sessions of the target. */
import type { SyncConflict, SyncMethod } from '@seren-replicator/job-models';
import pg from 'pg';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { SYNC_COMMENT } from './sync-names.ts';
import { syncTable, type SyncRecord, type SyncRecordState } from './sync-record.ts';

const SCHEMA_NAME = 'seren_replicator_sync';

export type NewSyncRecord = Pick<
  SyncRecord,
  | 'name'
  | 'method'
  | 'reason'
  | 'state'
  | 'fingerprint'
  | 'tables'
  | 'leftOut'
  | 'madeFull'
  | 'isTargetLocked'
> & {
  /** The name of ours avoids these. */
  sourceSchemas: ReadonlySet<string>;
};

/** The name of the record's schema in a database; null when nothing is followed there. */
export async function findSyncSchema(session: Session): Promise<string | null> {
  const [row] = await session.query<{ name: string }>(
    'look for a record of continuous sync',
    `SELECT nspname::text AS name FROM pg_catalog.pg_namespace
     WHERE pg_catalog.obj_description(oid, 'pg_namespace') = $1`,
    [SYNC_COMMENT],
  );
  return row?.name ?? null;
}

export async function findSyncRecord(session: Session): Promise<SyncRecord | null> {
  const schema = await findSyncSchema(session);
  return schema === null ? null : readSyncRecord(session, schema);
}

interface RunRow {
  name: string;
  method: SyncMethod;
  state: SyncRecordState;
  plan: Pick<SyncRecord, 'reason' | 'fingerprint' | 'tables' | 'leftOut' | 'madeFull' | 'isTargetLocked'>;
  stop_at: string | null;
  applied: string;
  conflict: SyncConflict | null;
}

async function readSyncRecord(session: Session, schema: string): Promise<SyncRecord> {
  const { name, method, state, plan, stop_at, applied, conflict } = await session.queryOne<RunRow>(
    'read the record of continuous sync',
    `SELECT r.name, r.method, r.state, r.plan, r.stop_at::text AS stop_at, p.applied::text AS applied,
            (SELECT pg_catalog.to_jsonb(c) FROM ${qualifiedName(schema, 'conflict')} AS c) AS conflict
     FROM ${qualifiedName(schema, 'run')} AS r CROSS JOIN ${qualifiedName(schema, 'progress')} AS p`,
  );
  return { schema, name, method, state, ...plan, stopAt: stop_at, applied, conflict };
}

/** In one transaction: a run that dies in it has left nothing. */
export async function createSyncRecord(target: Session, record: NewSyncRecord): Promise<SyncRecord> {
  const { name, method, state, sourceSchemas, ...plan } = record;
  let schema = SCHEMA_NAME;
  while (sourceSchemas.has(schema)) schema += '_';
  const quoted = pg.escapeIdentifier(schema);
  const values = [name, method, state, JSON.stringify(plan)].map((value) => pg.escapeLiteral(value));
  await target.execute(
    'create a record of continuous sync',
    `CREATE SCHEMA ${quoted};
     COMMENT ON SCHEMA ${quoted} IS ${pg.escapeLiteral(SYNC_COMMENT)};
     CREATE TABLE ${quoted}.run (name text NOT NULL, method text NOT NULL, state text NOT NULL, plan jsonb NOT NULL,
                                 stop_at pg_lsn, created_at timestamptz NOT NULL DEFAULT pg_catalog.now());
     CREATE TABLE ${quoted}.progress (applied pg_lsn NOT NULL);
     CREATE TABLE ${quoted}.conflict ("table" text NOT NULL, key text NOT NULL, message text NOT NULL, fix text NOT NULL);
     INSERT INTO ${quoted}.run (name, method, state, plan) VALUES (${values.join(', ')});
     INSERT INTO ${quoted}.progress (applied) VALUES ('0/0');`,
  );
  return readSyncRecord(target, schema);
}

/** What is applied from now on counts from the slot as it was made. */
export async function noteFollowing(target: Session, record: SyncRecord, from: string): Promise<void> {
  await target.execute(
    'update the record of continuous sync',
    `UPDATE ${syncTable(record, 'run')} SET state = 'following';
     UPDATE ${syncTable(record, 'progress')} SET applied = ${pg.escapeLiteral(from)};`,
  );
}

/** Tells whoever applies changes to end at a position; null: to go on. */
export async function setStopAt(target: Session, record: SyncRecord, stopAt: string | null): Promise<void> {
  await target.query(
    'update the record of continuous sync',
    `UPDATE ${syncTable(record, 'run')} SET stop_at = $1::pg_lsn`,
    [stopAt],
  );
}

export async function dropSyncRecord(target: Session, { schema }: Pick<SyncRecord, 'schema'>): Promise<void> {
  await target.execute(
    'drop the record of continuous sync',
    `DROP SCHEMA ${pg.escapeIdentifier(schema)} CASCADE`,
  );
}
