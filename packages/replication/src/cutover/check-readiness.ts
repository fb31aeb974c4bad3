/** Whether a database can be cut over now: everything that is in the way, each with what to do. Changes nothing. */
import pg from 'pg';
import type { DatabaseStatus, ErrorCode } from '@seren-replicator/job-models';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { listObstacles } from '../sync/list-obstacles.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { countOf, nameSome } from '../validate/check.ts';
import { readReadOnlySetting, readOnlyStatement } from './database-setting.ts';
import { listWriters, type Writer } from './list-writers.ts';
import { readSourceStanding, type SourceStanding } from './read-source-standing.ts';

/** Behind by more than this, the pause of the cutover would be longer than people wait for. */
export const DEFAULT_MAX_LAG_SECONDS = 60;
/** A transaction that has been writing for longer is not about to end. */
const LONG_WRITE_SECONDS = 30;

export interface Problem {
  code: ErrorCode;
  /** What is the matter, as a part of a sentence. */
  message: string;
  fix: string;
}

export interface SourceFacts {
  standing: SourceStanding;
  writers: Writer[];
}

export async function readSourceFacts(source: Session): Promise<SourceFacts> {
  return { standing: await readSourceStanding(source), writers: await listWriters(source) };
}

/** What the way of following is, and whether it works. */
export function judgeStatus(record: SyncRecord, status: DatabaseStatus, maxLagSeconds: number): Problem[] {
  if (record.state === 'copying') {
    return [problem('checks_failed', 'its copy is not done yet', 'finish it with init first')];
  }
  if (record.state === 'prepared') {
    return [problem('checks_failed', 'the cutover away from it is not done yet', 'finish that first')];
  }
  const { conflicts, slot, attention, drift } = status;
  const problems = conflicts.map(({ table, key, message, fix }) =>
    problem('sync_conflict', `${table} (${key}): ${message}`, fix),
  );
  if (slot === null || slot.wal_status === 'lost') {
    problems.push(
      problem('slot_lost', 'its replication slot is lost', 'begin anew with init --drop-existing'),
    );
  }
  if (problems.length === 0) {
    const unfollowed = listUnfollowed(status);
    if (status.state === 'broken' || unfollowed.length > 0) {
      problems.push(
        ...unfollowed,
        ...attention.map(({ message, fix }) => problem('checks_failed', message, fix)),
      );
    }
    if (status.state === 'broken' && attention.length === 0) {
      problems.push(problem('checks_failed', 'its sync does not work', 'see status for the reason'));
    }
  }
  for (const { object, difference, fix } of drift) {
    problems.push(problem('checks_failed', `${object}: ${difference}`, fix));
  }
  return problems.length > 0 ? problems : judgeLag(record, status, maxLagSeconds);
}

/** Tables whose changes do not arrive as those of the others do. One that the source has no more has none. */
function listUnfollowed({ state, tables }: DatabaseStatus): Problem[] {
  const unfollowed = tables.filter((table) => table.state !== state && table.state !== 'not on the source');
  if (unfollowed.length === 0) return [];
  const named = nameSome(
    unfollowed.map(({ table, state: own }) => `${table} is ${own}`),
    unfollowed.length,
  );
  return [problem('checks_failed', `not all tables follow: ${named}`, 'see status for each of them')];
}

/** Where nobody applies the changes, the cutover does so itself, before anything is paused. */
function judgeLag({ method }: SyncRecord, status: DatabaseStatus, maxSeconds: number): Problem[] {
  if (status.state === 'waiting' && method === 'stream') return [];
  const {
    lag_seconds: lag,
    attention: [cause],
  } = status;
  if (lag !== null && lag <= maxSeconds) return [];
  if (status.state === 'waiting' && cause !== undefined)
    return [problem('sync_lagging', cause.message, cause.fix)];
  const behind =
    lag === null ? "has not confirmed a mark in the source's log in time" : `is ${lag.toFixed(1)} s behind`;
  return [
    problem(
      'sync_lagging',
      `the target ${behind}, and ${maxSeconds} s are allowed`,
      'wait until it has caught up, or allow more with --max-lag',
    ),
  ];
}

/** Who writes to the source in a way that could not be stopped, or be waited for. */
export function judgeSource({ standing, writers }: SourceFacts, isLocking: boolean): Problem[] {
  const stuck = writers.filter(
    ({ pid, seconds }) => pid === null || (seconds !== null && seconds >= LONG_WRITE_SECONDS),
  );
  const problems = stuck.map(({ pid, label }) =>
    problem(
      'checks_failed',
      `${label} has been writing to the source for long`,
      pid === null ? 'COMMIT PREPARED or ROLLBACK PREPARED it' : 'let it end, or end it',
    ),
  );
  for (const { name } of standing.subscriptions) {
    const quoted = pg.escapeIdentifier(name);
    problems.push(
      problem(
        'checks_failed',
        `the subscription ${name} writes to the source`,
        `there: ALTER SUBSCRIPTION ${quoted} DISABLE`,
      ),
    );
  }
  return isLocking ? [...problems, ...judgeLock(standing)] : problems;
}

/** What would keep the source from being made read-only, or somebody from heeding it. */
function judgeLock({ rights, exempt, foreign }: SourceStanding): Problem[] {
  const problems: Problem[] = [];
  const role = pg.escapeIdentifier(rights.role);
  if (!rights.may_alter) {
    const advice = `use the database's owner, or GRANT its owner TO ${role}`;
    problems.push(problem('permission_denied', `only its owner may make the source read-only`, advice));
  }
  if (!rights.sees_all) {
    const advice = `GRANT pg_read_all_stats TO ${role}`;
    problems.push(problem('permission_denied', 'this role does not see the sessions of others', advice));
  }
  if (foreign.length > 0) {
    const named = nameSome(foreign.map(({ pid, user }) => `process ${pid} of ${user}`));
    problems.push(
      problem(
        'permission_denied',
        `this role may not end ${countOf(foreign.length, 'session')} (${named})`,
        `GRANT pg_signal_backend TO ${role}; those of superusers have to be ended by one`,
      ),
    );
  }
  for (const { role: name, database } of exempt) {
    const where = database === null ? '' : ` IN DATABASE ${pg.escapeIdentifier(database)}`;
    const advice = `ALTER ROLE ${pg.escapeIdentifier(name)}${where} RESET default_transaction_read_only`;
    problems.push(problem('checks_failed', `the role ${name} is exempt from a read-only database`, advice));
  }
  return problems;
}

/** Whether applications could write to the target. */
export async function judgeTarget(
  target: Session,
  database: string,
  { targetLock }: Pick<SyncRecord, 'targetLock'>,
): Promise<Problem[]> {
  const { in_recovery } = await target.queryOne<{ in_recovery: boolean }>(
    'ask whether it is a standby',
    'SELECT pg_catalog.pg_is_in_recovery() AS in_recovery',
  );
  if (in_recovery) {
    return [problem('checks_failed', 'the target is a standby', 'name its primary as the target')];
  }
  const { value } = await readReadOnlySetting(target);
  if (value === null || value === 'off' || targetLock !== null) return [];
  const advice = `there: ${readOnlyStatement(database, null)}`;
  return [problem('checks_failed', 'the target database is read-only by its settings', advice)];
}

/** Whether the target could send its changes back. */
export async function judgeWayBack(target: Session, { tables }: SyncRecord): Promise<Problem[]> {
  const { wal_level, has_slot } = await target.queryOne<{ wal_level: string; has_slot: boolean }>(
    'ask whether it can send its changes',
    `SELECT pg_catalog.current_setting('wal_level') AS wal_level,
            (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots)
              < pg_catalog.current_setting('max_replication_slots')::int AS has_slot`,
  );
  const problems: Problem[] = [];
  if (wal_level !== 'logical') {
    const advice = 'there: ALTER SYSTEM SET wal_level = logical, and a restart; or leave --reverse out';
    problems.push(problem('checks_failed', `the target's wal_level is ${wal_level}`, advice));
  }
  if (!has_slot) {
    const advice = 'raise max_replication_slots there, or leave --reverse out';
    problems.push(problem('checks_failed', 'the target has no replication slot left', advice));
  }
  // Published, they would refuse UPDATE and DELETE of the applications that write there by then.
  const followed = new Set(tables.map(sqlNameOf));
  const obstacles = [...(await listObstacles(target)).values()].filter((table) =>
    followed.has(sqlNameOf(table)),
  );
  for (const table of obstacles) {
    const reason = table.cannotBeFull
      ? 'no replica identity without generated columns'
      : 'no replica identity';
    problems.push(
      problem(
        'checks_failed',
        `the target could not update rows of ${labelOf(table)} once it sends its changes: the table has ${reason}`,
        'give it a primary key of other columns there, or leave --reverse out',
      ),
    );
  }
  return problems;
}

function problem(code: ErrorCode, message: string, fix: string): Problem {
  return { code, message, fix };
}
