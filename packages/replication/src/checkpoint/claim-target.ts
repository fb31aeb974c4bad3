/**
 * One run at a time for a target database. The claim is an advisory lock of a session that lives as long as the run:
 * it ends with the run however that ends. Sessions that do the run's work hold a second lock, shared, by which the
 * next run finds those that a dead one has left behind: a server does not notice that its client is gone while it
 * builds an index.
 *
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

/** First key of all locks of ours: "sere" in ASCII. */
export const LOCK_SPACE = 0x73657265;
const CLAIM = 1;
const WORK = 2;

const LEFTOVERS_DEADLINE_MS = 60_000;
const LEFTOVERS_POLL_MS = 100;

/** Holds the target database for the time of `work`. */
export async function withTargetClaim<Result>(
  target: Server,
  signal: AbortSignal,
  work: (claim: Session) => Promise<Result>,
): Promise<Result> {
  return target.withSession(async (claim) => {
    const { is_ours } = await claim.queryOne<{ is_ours: boolean }>(
      'claim the database',
      'SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS is_ours',
      [LOCK_SPACE, CLAIM],
    );
    if (!is_ours) throw await describeHolder(claim, target);
    await endLeftovers(claim, target, signal);
    return work(claim);
  });
}

/** Marks a session as one that works for the run that holds the claim. */
export async function markAsWorking(session: Session): Promise<void> {
  await session.query('take an advisory lock', 'SELECT pg_catalog.pg_advisory_lock_shared($1, $2)', [
    LOCK_SPACE,
    WORK,
  ]);
}

async function describeHolder(session: Session, target: Server): Promise<ReplicatorError> {
  const [holder] = await session.query<{ pid: number; client: string; since: Date }>(
    'ask who claims the database',
    `SELECT a.pid, coalesce(pg_catalog.host(a.client_addr), 'the same machine') AS client, a.backend_start AS since
     FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)
     WHERE ${holdsLock('l', CLAIM)}`,
  );
  const who =
    holder === undefined
      ? 'another run'
      : `another run, from ${holder.client}, since ${holder.since.toISOString()} (server process ${holder.pid})`;
  return new ReplicatorError(
    'target_in_use',
    `The target database ${target.database} is being copied into by ${who}; wait for it, or end it.`,
  );
}

async function endLeftovers(claim: Session, target: Server, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + LEFTOVERS_DEADLINE_MS;
  for (;;) {
    const leftovers = await claim.query(
      'end what a dead run has left behind',
      `SELECT pg_catalog.pg_terminate_backend(l.pid) FROM pg_catalog.pg_locks AS l
       WHERE ${holdsLock('l', WORK)}`,
    );
    if (leftovers.length === 0) return;
    if (performance.now() > deadline) {
      throw new ReplicatorError(
        'target_in_use',
        `Sessions of an earlier run still work on the target database ${target.database} and do not end; end them with pg_terminate_backend, then run the same command again.`,
      );
    }
    await sleep(LEFTOVERS_POLL_MS, undefined, { signal });
  }
}

/** objsubid is 2 for locks with two keys. */
function holdsLock(alias: string, key: number): string {
  return `${alias}.locktype = 'advisory' AND ${alias}.granted AND ${alias}.classid = ${LOCK_SPACE}
          AND ${alias}.objid = ${key} AND ${alias}.objsubid = 2
          AND ${alias}.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
}
