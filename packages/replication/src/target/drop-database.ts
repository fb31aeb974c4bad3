import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';

/** Sessions of a run that has just ended may still be on their way out. */
const SESSIONS_DEADLINE_MS = 10_000;
const SESSIONS_POLL_MS = 250;
/** SQLSTATE object_in_use: somebody has just connected, or left a prepared transaction or a replication slot behind. */
const OBJECT_IN_USE = '55006';

/**
 * Drops a database that nobody is connected to. Sessions of others are not ended: a database in use is probably not
 * the one that was meant.
 *
 * @throws ReplicatorError `target_in_use` naming who is connected
 */
export async function dropDatabase(maintenance: Session, name: string, signal: AbortSignal): Promise<void> {
  await waitUntilUnused(maintenance, name, signal);
  try {
    await maintenance.execute(`drop the database ${name}`, `DROP DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if (!(error instanceof ReplicatorError) || sqlStateOf(error) !== OBJECT_IN_USE) throw error;
    throw new ReplicatorError(
      'target_in_use',
      `The target database ${name} is in use: ${reasonOf(error)}; end sessions, prepared transactions and replication slots there, then run the same command again.`,
      { cause: error },
    );
  }
}

/** With the server's DETAIL, which says how many of what there are. */
function reasonOf({ cause, message }: ReplicatorError): string {
  if (!(cause instanceof pg.DatabaseError)) return message;
  return [cause.message, cause.detail].filter((text) => text !== undefined).join(', ');
}

/** What kind a session of somebody else is, a role without privileges is not told; those of the server have no user. */
async function waitUntilUnused(maintenance: Session, name: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + SESSIONS_DEADLINE_MS;
  for (;;) {
    const users = await maintenance.query<{ session: string }>(
      'list sessions',
      `SELECT pg_catalog.format('%s (%s)', coalesce(nullif(application_name, ''), 'unnamed'), usename) AS session
       FROM pg_catalog.pg_stat_activity
       WHERE datname = $1 AND usesysid IS NOT NULL`,
      [name],
    );
    if (users.length === 0) return;
    if (performance.now() > deadline) {
      const names = [...new Set(users.map(({ session }) => session))].slice(0, 5).join(', ');
      throw new ReplicatorError(
        'target_in_use',
        `The target database ${name} has ${users.length} open session(s), from ${names}; end them, then run the same command again.`,
      );
    }
    await sleep(SESSIONS_POLL_MS, undefined, { signal });
  }
}
