/**
 * The target's own subscription, which reads a slot and takes no rows but changes: `create_slot = false`, since the
 * copy was made from that slot's snapshot, and `copy_data = false`, or every row would come twice.
 *
 * https://www.postgresql.org/docs/current/sql-createsubscription.html
 */
import pg from 'pg';
import { ReplicatorError, type ConnectionUrl } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';
import { subscriberConninfo } from './subscriber-conninfo.ts';

/**
 * Settings that could put the statement, and the password in it, into the server's log or statistics; only some roles
 * may set them, and only some servers have them.
 */
const QUIET = {
  log_statement: 'none',
  log_min_error_statement: 'panic',
  log_min_duration_statement: '-1',
  log_min_duration_sample: '-1',
  log_transaction_sample_rate: '0',
  'pg_stat_statements.track_utility': 'off',
  'pgaudit.log': 'none',
};

/** SQLSTATE of a table, and of a schema, that the publication has and the target does not have yet. */
const NOT_COPIED_YET: ReadonlySet<string | null> = new Set(['42P01', '3F000']);

/**
 * Lets the target subscribe to the source once, and takes it back.
 *
 * @param tables how many the publication has: none would say nothing about whose server it was that answered
 * @returns why the target cannot; null when it can
 * @throws ReplicatorError when the session itself is lost
 */
export async function trySubscription(
  target: Session,
  { name, tables, sourceUrl }: { name: string; tables: number; sourceUrl: ConnectionUrl },
): Promise<string | null> {
  let found: number | undefined;
  try {
    await quietly(target, async () => {
      await target.execute(
        'subscribe to the source',
        createStatement(name, sourceUrl, 'slot_name = NONE, create_slot = false'),
      );
      found = (await readSubscription(target, name))?.tables;
      await target.execute('drop its subscription', `DROP SUBSCRIPTION ${pg.escapeIdentifier(name)}`);
    });
  } catch (error) {
    if (!(error instanceof ReplicatorError) || error.code === 'cancelled') throw error;
    if (NOT_COPIED_YET.has(sqlStateOf(error))) return null;
    // What went wrong is between the two servers; this session is as sound as before.
    await target.execute('answer', 'SELECT 1');
    return (error.cause as Error).message;
  }
  return found === tables
    ? null
    : 'the host in its URL leads the target to another server, which does not publish its tables';
}

/** Disabled as yet. */
export async function createSubscription(
  target: Session,
  name: string,
  sourceUrl: ConnectionUrl,
): Promise<void> {
  const slot = `slot_name = ${pg.escapeIdentifier(name)}, create_slot = false`;
  await quietly(target, () =>
    target.execute('subscribe to the source', createStatement(name, sourceUrl, slot)),
  );
}

/** It connects at once, to learn which tables there are. */
function createStatement(name: string, sourceUrl: ConnectionUrl, slot: string): string {
  const quoted = pg.escapeIdentifier(name);
  return `CREATE SUBSCRIPTION ${quoted} CONNECTION ${pg.escapeLiteral(subscriberConninfo(sourceUrl))}
          PUBLICATION ${quoted} WITH (connect = true, enabled = false, copy_data = false, ${slot})`;
}

export async function enableSubscription(target: Session, name: string): Promise<void> {
  await target.execute('enable its subscription', `ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} ENABLE`);
}

export interface SubscriptionState {
  isEnabled: boolean;
  /** Tables that it applies changes to. */
  tables: number;
}

/** Null when it is not there. */
export async function readSubscription(target: Session, name: string): Promise<SubscriptionState | null> {
  const [row] = await target.query<{ is_enabled: boolean; tables: string }>(
    'look for its subscription',
    `SELECT s.subenabled AS is_enabled,
            (SELECT pg_catalog.count(*)::text FROM pg_catalog.pg_subscription_rel WHERE srsubid = s.oid) AS tables
     FROM pg_catalog.pg_subscription AS s
     WHERE s.subname = $1
       AND s.subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`,
    [name],
  );
  return row === undefined ? null : { isEnabled: row.is_enabled, tables: Number(row.tables) };
}

/** If it is there. Its position stays: enabled again, it goes on from there. */
export async function disableSubscription(target: Session, name: string): Promise<void> {
  if ((await readSubscription(target, name)) === null) return;
  await target.execute('disable its subscription', `ALTER SUBSCRIPTION ${pg.escapeIdentifier(name)} DISABLE`);
}

/** The slot stays: it is dropped on the source, where that can be seen to work. */
export async function dropSubscription(target: Session, name: string): Promise<void> {
  if ((await readSubscription(target, name)) === null) return;
  const quoted = pg.escapeIdentifier(name);
  await disableSubscription(target, name);
  await target.execute('detach its subscription', `ALTER SUBSCRIPTION ${quoted} SET (slot_name = NONE)`);
  await target.execute('drop its subscription', `DROP SUBSCRIPTION ${quoted}`);
}

/** Keeps statements with a password out of what the server keeps, as far as the role may. */
async function quietly(target: Session, work: () => Promise<void>): Promise<void> {
  await target.transaction('BEGIN', async () => {
    await target.query(
      'keep a password out of its log',
      `SELECT pg_catalog.set_config(w.name, w.value, true)
       FROM unnest($1::text[], $2::text[]) AS w(name, value)
       JOIN pg_catalog.pg_settings AS s ON s.name = w.name
       JOIN pg_catalog.pg_roles AS r ON r.rolname = current_user AND r.rolsuper`,
      [Object.keys(QUIET), Object.values(QUIET)],
    );
    await work();
  });
}
