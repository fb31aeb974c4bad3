/** The session of the target through which changes are written. */
import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import { markAsApplying } from '../checkpoint/claim-target.ts';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';
import type { SyncRecord } from '../sync/sync-record.ts';

export interface ApplySession {
  session: Session;
  /** Nothing fires for what it writes: neither foreign keys nor triggers, but those that are made for it. */
  isReplica: boolean;
}

const SETTINGS = `
  -- Rows are found one by one: by an index, whatever the table's size was when the statement was planned.
  SET plan_cache_mode = force_generic_plan;
  SET enable_seqscan = off;
  SET enable_bitmapscan = off;
  SET enable_hashjoin = off;
  SET enable_mergejoin = off;
  SET enable_material = off;
  SET enable_sort = off;
  SET max_parallel_workers_per_gather = 0;`;

const INSUFFICIENT_PRIVILEGE = '42501';

/** @throws ReplicatorError `permission_denied` when the role may not keep triggers from firing, and some would */
export async function openApplySession(target: Server, record: SyncRecord): Promise<ApplySession> {
  const session = await target.open();
  try {
    await markAsApplying(session);
    await session.execute('set its session up', SETTINGS);
    const isReplica = await becomeReplica(session);
    if (!isReplica) await refuseWhatFires(session, record);
    return { session, isReplica };
  } catch (error) {
    await target.close(session);
    throw error;
  }
}

async function becomeReplica(session: Session): Promise<boolean> {
  try {
    await session.execute('set its session up', 'SET session_replication_role = replica');
    return true;
  } catch (error) {
    if (error instanceof ReplicatorError && sqlStateOf(error) === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}

async function refuseWhatFires(session: Session, { tables }: SyncRecord): Promise<void> {
  const [found] = await session.query<{ label: string; what: string; role: string }>(
    'look for what fires when rows are written',
    `WITH followed AS (
       SELECT c.oid, n.nspname || '.' || c.relname AS label
       FROM unnest($1::text[], $2::text[]) AS wanted (schema, name)
       JOIN pg_catalog.pg_namespace AS n ON n.nspname = wanted.schema
       JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = wanted.name
     )
     SELECT f.label, fires.what, current_user::text AS role
     FROM followed AS f
     CROSS JOIN LATERAL (
       SELECT 'the trigger ' || t.tgname AS what FROM pg_catalog.pg_trigger AS t
       WHERE t.tgrelid = f.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
       UNION ALL
       SELECT 'the rule ' || r.rulename FROM pg_catalog.pg_rewrite AS r
       WHERE r.ev_class = f.oid AND r.ev_enabled IN ('O', 'A')
       UNION ALL
       SELECT 'the foreign key ' || k.conname FROM pg_catalog.pg_constraint AS k
       WHERE k.confrelid = f.oid AND k.contype = 'f'
         AND (k.confdeltype IN ('c', 'n', 'd') OR k.confupdtype IN ('c', 'n', 'd'))
     ) AS fires
     LIMIT 1`,
    [tables.map(({ schema }) => schema), tables.map(({ name }) => name)],
  );
  if (found === undefined) return;
  throw new ReplicatorError(
    'permission_denied',
    `On the target ${found.what} of ${found.label} would fire for changes that have fired it on the source already, and the role may not keep it from that; as a superuser run GRANT SET ON PARAMETER session_replication_role TO ${pg.escapeIdentifier(found.role)} (PostgreSQL 15 and newer), then run sync again.`,
  );
}
