/**
 * One run at a time for a target database. The claim is an advisory lock of a session that lives as long as the run:
 * it ends with the run however that ends. Sessions that do the run's work hold a second lock, shared, by which the
 * next run finds those that a dead one has left behind: a server does not notice that its client is gone while it
 * builds an index. Whoever applies changes as they come holds locks of the same kind, of their own.
 *
 * https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import { applySettings } from '../session/pinned-settings.ts';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

/** First key of all locks of ours: "sere" in ASCII. */
const LOCK_SPACE = 0x73657265;
/** Second keys: a number for each thing that can be held. */
const LOCK_KEYS = { copy: 1, copyWork: 2, apply: 3, applyWork: 4, cutover: 5 } as const;

interface Purpose {
  claim: number;
  work: number;
  /** What the database has done to it. */
  doing: string;
}

const COPYING: Purpose = { claim: LOCK_KEYS.copy, work: LOCK_KEYS.copyWork, doing: 'copied into' };
const APPLYING: Purpose = { claim: LOCK_KEYS.apply, work: LOCK_KEYS.applyWork, doing: 'kept up to date' };
const CUTTING_OVER: Omit<Purpose, 'work'> = { claim: LOCK_KEYS.cutover, doing: 'cut over or mended' };

const LEFTOVERS_DEADLINE_MS = 60_000;
const LEFTOVERS_POLL_MS = 100;
/** How long a server may take to notice that a run is gone, whose machine is not. */
const HAND_OVER_MS = 3_000;
/** Whoever holds a claim that can be taken over uses its session every second or so; one that does not may be dead. */
const SILENT_AFTER_SECONDS = 5;
/** So that a server notices within half a minute when the machine of the one who holds a claim is gone. */
const ALIVE_SETTINGS = {
  tcp_keepalives_idle: '10',
  tcp_keepalives_interval: '5',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '25000',
};

/** Holds the target database for the time of `work`. */
export async function withTargetClaim<Result>(
  target: Server,
  signal: AbortSignal,
  work: (claim: Session) => Promise<Result>,
): Promise<Result> {
  return target.withSession(async (claim) => {
    if (!(await tryLock(claim, COPYING))) throw await describeHolder(claim, target, COPYING);
    await endLeftovers(claim, { target, signal, purpose: COPYING });
    return work(claim);
  });
}

export interface ApplierClaimOptions {
  signal: AbortSignal;
  /** A cutover applies changes itself while nobody else does: whoever comes meanwhile waits until it is done. */
  waitsForCutover: boolean;
}

/**
 * Holds the right to apply changes to the target database for the time of `work`, which has to use the session every
 * second or so.
 */
export async function withApplierClaim<Result>(
  target: Server,
  { signal, waitsForCutover }: ApplierClaimOptions,
  work: (claim: Session) => Promise<Result>,
): Promise<Result> {
  return target.withSession(async (claim) => {
    await takeClaim(claim, target, APPLYING, () =>
      waitsForCutover ? isBeingCutOver(claim, target.deadAfterMs) : Promise.resolve(false),
    );
    await endLeftovers(claim, { target, signal, purpose: APPLYING });
    try {
      return await work(claim);
    } catch (error) {
      // The server may not notice that the connection is gone: what is cut is ended before the next attempt.
      claim.cut();
      throw error;
    }
  });
}

/** Takes the right to cut over to the target database, for as long as the session lasts and is used every second or so. */
export async function takeCutoverClaim(claim: Session, target: Server): Promise<void> {
  await takeClaim(claim, target, CUTTING_OVER);
}

/** Whether a run holds the database that a session is connected to. */
export async function isTargetClaimed(session: Session): Promise<boolean> {
  const holders = await session.query(
    'ask who claims the database',
    `SELECT FROM pg_catalog.pg_locks AS l WHERE ${holdsLock('l', COPYING.claim)}`,
  );
  return holders.length > 0;
}

/** Whether a run that lives cuts over to the database that a session is connected to. */
export async function isBeingCutOver(session: Session, deadAfterMs: number): Promise<boolean> {
  const holders = await session.query(
    'ask who cuts over',
    `SELECT FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)
     WHERE ${holdsLock('l', LOCK_KEYS.cutover)} AND (${isUnusedFor('$1')}) IS NOT TRUE`,
    [deadAfterMs / 1_000],
  );
  return holders.length > 0;
}

/** Marks a session as one that works for the run that holds the claim. */
export async function markAsWorking(session: Session): Promise<void> {
  await takeWorkLock(session, COPYING);
}

/** Marks a session as one through which the holder of an applier's claim writes. */
export async function markAsApplying(session: Session): Promise<void> {
  await takeWorkLock(session, APPLYING);
}

/** From a run that has died it is taken; for one that may have, that is waited for, and for one that is to be. */
async function takeClaim(
  claim: Session,
  target: Server,
  purpose: Omit<Purpose, 'work'>,
  isWaitedFor: () => Promise<boolean> = () => Promise.resolve(false),
): Promise<void> {
  await claim.execute('set its session up', applySettings(ALIVE_SETTINGS));
  let deadline = performance.now() + HAND_OVER_MS;
  while (!(await tryLock(claim, purpose))) {
    if (await isWaitedFor()) deadline = performance.now() + HAND_OVER_MS;
    const silent = await claim.query(
      'end what a dead run has left behind',
      `SELECT CASE WHEN ${isUnusedFor('$1')} THEN pg_catalog.pg_terminate_backend(a.pid) END
       FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)
       WHERE ${holdsLock('l', purpose.claim)} AND ${isUnusedFor(SILENT_AFTER_SECONDS)}`,
      [target.deadAfterMs / 1_000],
    );
    if (silent.length === 0 && performance.now() > deadline)
      throw await describeHolder(claim, target, purpose);
    await sleep(LEFTOVERS_POLL_MS);
  }
}

async function tryLock(session: Session, { claim }: Pick<Purpose, 'claim'>): Promise<boolean> {
  const { is_ours } = await session.queryOne<{ is_ours: boolean }>(
    'claim the database',
    'SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS is_ours',
    [LOCK_SPACE, claim],
  );
  return is_ours;
}

async function takeWorkLock(session: Session, { work }: Purpose): Promise<void> {
  await session.query('take an advisory lock', 'SELECT pg_catalog.pg_advisory_lock_shared($1, $2)', [
    LOCK_SPACE,
    work,
  ]);
}

async function describeHolder(
  session: Session,
  target: Server,
  { claim, doing }: Omit<Purpose, 'work'>,
): Promise<ReplicatorError> {
  const [holder] = await session.query<{ pid: number; client: string; since: Date }>(
    'ask who claims the database',
    `SELECT a.pid, coalesce(pg_catalog.host(a.client_addr), 'the same machine') AS client, a.backend_start AS since
     FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a USING (pid)
     WHERE ${holdsLock('l', claim)}`,
  );
  const who =
    holder === undefined
      ? 'another run'
      : `another run, from ${holder.client}, since ${holder.since.toISOString()} (server process ${holder.pid})`;
  return new ReplicatorError(
    'target_in_use',
    `The target database ${target.database} is being ${doing} by ${who}; wait for it, or end it.`,
  );
}

interface LeftoversInput {
  target: Server;
  signal: AbortSignal;
  purpose: Purpose;
}

async function endLeftovers(claim: Session, { target, signal, purpose }: LeftoversInput): Promise<void> {
  const deadline = performance.now() + LEFTOVERS_DEADLINE_MS;
  for (;;) {
    const leftovers = await claim.query(
      'end what a dead run has left behind',
      `SELECT pg_catalog.pg_terminate_backend(l.pid) FROM pg_catalog.pg_locks AS l
       WHERE ${holdsLock('l', purpose.work)}`,
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

/** Of pg_stat_activity as `a`; of other roles' sessions it is not known. */
function isUnusedFor(seconds: number | '$1'): string {
  return `a.state = 'idle'
          AND a.state_change < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ${seconds})`;
}

/** objsubid is 2 for locks with two keys. */
function holdsLock(alias: string, key: number): string {
  return `${alias}.locktype = 'advisory' AND ${alias}.granted AND ${alias}.classid = ${LOCK_SPACE}
          AND ${alias}.objid = ${key} AND ${alias}.objsubid = 2
          AND ${alias}.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())`;
}
