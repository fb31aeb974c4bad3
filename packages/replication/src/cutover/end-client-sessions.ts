/**
 * Ends the sessions of others in a database, so that they come back with its present settings. Sessions of this tool
 * have settings of their own, and who sends changes is not a client's session: both stay.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { APPLICATION_NAME } from '../session/server.ts';

const DEADLINE_MS = 30_000;
const POLL_MS = 50;

export interface SessionsBetween {
  /** By the server's clock, as text; null: from ever. */
  from: string | null;
  until: string;
  signal: AbortSignal;
}

/**
 * Ends all that began in a span of time, and waits until they are gone.
 *
 * @returns how many
 * @throws ReplicatorError `permission_denied` when one is another role's, `target_in_use` when one does not end
 */
export async function endClientSessions(
  session: Session,
  { from, until, signal }: SessionsBetween,
): Promise<number> {
  const deadline = performance.now() + DEADLINE_MS;
  const ended = new Set<number>();
  let starting = await listStarting(session);
  for (;;) {
    const found = await session.query<{ pid: number }>(
      'end the sessions of others',
      `SELECT a.pid, pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity AS a
       WHERE ${IS_OTHER_CLIENT} AND a.backend_start <= $1::timestamptz
         AND ($2::timestamptz IS NULL OR a.backend_start >= $2::timestamptz)`,
      [until, from],
    );
    for (const { pid } of found) ended.add(pid);
    if (found.length === 0 && starting.size === 0) return ended.size;
    if (performance.now() > deadline) {
      const pids = [...found.map(({ pid }) => pid), ...starting].join(', ');
      throw new ReplicatorError(
        'query_failed',
        `The ${session.where} does not end sessions that could still write (server processes ${pids}); look into what they do, then run the same command again.`,
      );
    }
    await sleep(POLL_MS, undefined, { signal });
    const still = await listStarting(session);
    starting = new Set([...starting].filter((pid) => still.has(pid)));
  }
}

/** For WHERE over pg_stat_activity as `a`. */
export const IS_OTHER_CLIENT = `a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
  AND a.pid <> pg_catalog.pg_backend_pid() AND a.application_name <> '${APPLICATION_NAME}'`;

/**
 * A session that is only starting may have read the settings already, and shows among the activities when it is done.
 * Until then it holds a lock on its database.
 *
 * PostgreSQL's src/backend/utils/init/postinit.c, `InitPostgres`.
 */
async function listStarting(session: Session): Promise<Set<number>> {
  const rows = await session.query<{ pid: number }>(
    'look for sessions that begin',
    `SELECT l.pid FROM pg_catalog.pg_locks AS l
     JOIN pg_catalog.pg_database AS d ON d.oid = l.objid AND d.datname = pg_catalog.current_database()
     WHERE l.locktype = 'object' AND l.classid = 'pg_catalog.pg_database'::regclass AND l.granted
       AND l.mode = 'RowExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()`,
  );
  return new Set(rows.map(({ pid }) => pid));
}
