import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';
import { formatLsn, parseLsn } from '../stream/lsn.ts';
import { readOriginPosition } from './read-origin-position.ts';

/** A transaction that is too large to be looked at in this time is left to the server's log. */
const BEGIN = "BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'";
/** Enough to pass by the empty transactions that sources before version 15 send. */
const ENOUGH_CHANGES = 1_000;

/** SQLSTATE of a slot that is just being read: a worker that fails lets it go again. */
const OBJECT_IN_USE = '55006';
const ATTEMPTS = 20;
const PAUSE_MS = 100;
/** SQLSTATEs of a role that may not look, of a look that took too long, of what has just been dropped or given up. */
const NOT_TO_BE_HAD: ReadonlySet<string | null> = new Set([
  OBJECT_IN_USE,
  '42501',
  '57014',
  '42704',
  '55000',
]);

export interface NextCommitInput {
  source: Session;
  target: Session;
  name: string;
  subscriptionOid: string;
  signal: AbortSignal;
}

/**
 * Where the transaction commits that the target would apply next, by a look at the slot that confirms nothing: the
 * position that ALTER SUBSCRIPTION … SKIP takes. Null where it cannot be told.
 *
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html (Begin)
 */
export async function readNextCommit(input: NextCommitInput): Promise<string | null> {
  const { source, target, name, subscriptionOid, signal } = input;
  const applied = await readOriginPosition(target, subscriptionOid);
  if (applied === null) return null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await peek(source, name, applied);
    } catch (error) {
      if (!(error instanceof ReplicatorError) || !NOT_TO_BE_HAD.has(sqlStateOf(error))) throw error;
      if (sqlStateOf(error) !== OBJECT_IN_USE || attempt === ATTEMPTS) return null;
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}

async function peek(source: Session, name: string, applied: string): Promise<string | null> {
  const rows = await source.transaction(BEGIN, () =>
    source.query<{ commit: string }>(
      'look at the next transaction of its replication slot',
      `SELECT pg_catalog.encode(m.commit, 'hex') AS commit
       FROM (SELECT pg_catalog.chr(pg_catalog.get_byte(c.data, 0)) AS kind,
                    pg_catalog.chr(pg_catalog.get_byte(pg_catalog.lead(c.data) OVER (ORDER BY c.ordinality), 0)) AS next_kind,
                    pg_catalog.substr(c.data, 2, 8) AS commit, c.ordinality
             FROM pg_catalog.pg_logical_slot_peek_binary_changes(
                    $1::text::name, NULL, ${ENOUGH_CHANGES}, 'proto_version', '1', 'publication_names', $1::text)
                  WITH ORDINALITY AS c) AS m
       WHERE m.kind = 'B' AND m.next_kind <> 'C'
       ORDER BY m.ordinality`,
      [name],
    ),
  );
  const commits = rows.map(({ commit }) => BigInt(`0x${commit}`));
  const next = commits.find((commit) => commit >= parseLsn(applied));
  return next === undefined ? null : formatLsn(next);
}
