/** Statements that read and write the record of a sync, on sessions of the target. */
import pg from 'pg';
import { SYNC_COMMENT } from '../catalog/our-schemas.ts';
import { qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { syncTable, type CopySummary, type SyncRecord } from './sync-record.ts';

const SCHEMA_NAME = 'seren_replicator_sync';

type SyncPlan = Pick<SyncRecord, 'job' | 'fingerprint' | 'tables' | 'leftOut' | 'madeFull' | 'targetLock'>;

export type NewSyncRecord = Pick<SyncRecord, 'name' | 'method' | 'reason'> &
  SyncPlan & {
    /** The name of ours avoids these. */
    sourceSchemas: ReadonlySet<string>;
  };

export async function findSyncRecord(session: Session): Promise<SyncRecord | null> {
  const [row] = await session.query<{ name: string }>(
    'look for a record of continuous sync',
    `SELECT nspname::text AS name FROM pg_catalog.pg_namespace
     WHERE pg_catalog.obj_description(oid, 'pg_namespace') = $1`,
    [SYNC_COMMENT],
  );
  return row === undefined ? null : readSyncRecord(session, row.name);
}

/** The record of one sync; null when that was ended, whatever follows now. */
export async function findRecordOf(
  session: Session,
  { name }: Pick<SyncRecord, 'name'>,
): Promise<SyncRecord | null> {
  const record = await findSyncRecord(session);
  return record?.name === name ? record : null;
}

interface RecordRow extends Pick<
  SyncRecord,
  'name' | 'method' | 'reason' | 'state' | 'copied' | 'applied' | 'conflict' | 'cutover'
> {
  plan: SyncPlan;
  stop_at: string | null;
}

async function readSyncRecord(session: Session, schema: string): Promise<SyncRecord> {
  const { plan, stop_at, ...row } = await session.queryOne<RecordRow & Record<string, unknown>>(
    'read the record of continuous sync',
    `SELECT r.name, r.method, r.reason, r.state, r.plan, r.copied, r.cutover, r.stop_at::text AS stop_at,
            p.applied::text AS applied,
            (SELECT pg_catalog.to_jsonb(c) FROM ${qualifiedName(schema, 'conflict')} AS c) AS conflict
     FROM ${qualifiedName(schema, 'run')} AS r CROSS JOIN ${qualifiedName(schema, 'progress')} AS p`,
  );
  return { schema, ...row, ...plan, stopAt: stop_at };
}

/** In one transaction: a run that dies in it has left nothing. It begins as `copying`. */
export async function createSyncRecord(target: Session, record: NewSyncRecord): Promise<SyncRecord> {
  const { name, method, reason, sourceSchemas, ...plan } = record;
  let schema = SCHEMA_NAME;
  while (sourceSchemas.has(schema)) schema += '_';
  const quoted = pg.escapeIdentifier(schema);
  const values = [name, method, reason, 'copying', JSON.stringify(plan)].map((value) =>
    pg.escapeLiteral(value),
  );
  await target.execute(
    'create a record of continuous sync',
    `CREATE SCHEMA ${quoted};
     COMMENT ON SCHEMA ${quoted} IS ${pg.escapeLiteral(SYNC_COMMENT)};
     CREATE TABLE ${quoted}.run (name text NOT NULL, method text NOT NULL, reason text NOT NULL, state text NOT NULL,
                                 plan jsonb NOT NULL, copied jsonb, stop_at pg_lsn, cutover jsonb);
     CREATE TABLE ${quoted}.progress (applied pg_lsn NOT NULL);
     CREATE TABLE ${quoted}.conflict ("table" text NOT NULL, key text NOT NULL, message text NOT NULL, fix text NOT NULL);
     INSERT INTO ${quoted}.run (name, method, reason, state, plan) VALUES (${values.join(', ')});
     INSERT INTO ${quoted}.progress (applied) VALUES ('0/0');`,
  );
  return readSyncRecord(target, schema);
}

export async function noteMethod(
  target: Session,
  record: SyncRecord,
  { method, reason }: Pick<SyncRecord, 'method' | 'reason'>,
): Promise<SyncRecord> {
  await target.query(
    'update the record of continuous sync',
    `UPDATE ${syncTable(record, 'run')} SET method = $1, reason = $2`,
    [method, reason],
  );
  return { ...record, method, reason };
}

/** Changes count from where the slot's begin. */
export async function noteSlot(target: Session, record: SyncRecord, consistentPoint: string): Promise<void> {
  await target.query(
    'update the record of continuous sync',
    `UPDATE ${syncTable(record, 'progress')} SET applied = $1::pg_lsn`,
    [consistentPoint],
  );
}

/** SQL for the transaction in which a copy, or a way back, becomes one that follows. */
export function markFollowing(record: SyncRecord, copied: CopySummary | null): string {
  const summary = copied === null ? 'NULL' : pg.escapeLiteral(JSON.stringify(copied));
  return `UPDATE ${syncTable(record, 'run')} SET state = 'following', copied = ${summary};`;
}

export async function markPrepared(target: Session, record: SyncRecord): Promise<SyncRecord> {
  await target.query(
    'update the record of continuous sync',
    `UPDATE ${syncTable(record, 'run')} SET state = 'prepared'`,
  );
  return { ...record, state: 'prepared' };
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
