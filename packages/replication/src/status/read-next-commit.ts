import { ReplicatorError } from '@seren-replicator/job-models';
import { isConnectionError } from '../session/translate-error.ts';
import type { Session } from '../session/session.ts';
import { formatLsn, parseLsn } from '../stream/lsn.ts';
import { readOriginPosition } from './read-origin-position.ts';

/** A transaction that is too large to be looked at in this time is left to the server's log. */
const BEGIN = "BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'";
/** Enough to pass by the empty transactions that sources before version 15 send. */
const ENOUGH_CHANGES = 1_000;

export interface NextCommitInput {
  source: Session;
  target: Session;
  name: string;
  subscriptionOid: string;
}

/**
 * Where the transaction commits that the target would apply next, by a look at the slot that confirms nothing: the
 * position that ALTER SUBSCRIPTION … SKIP takes. Null where it cannot be told: the slot is being read, a role may not.
 *
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html (Begin)
 */
export async function readNextCommit(input: NextCommitInput): Promise<string | null> {
  const { source, target, name, subscriptionOid } = input;
  try {
    const applied = await readOriginPosition(target, subscriptionOid);
    return applied === null ? null : await peek(source, name, applied);
  } catch (error) {
    if (!(error instanceof ReplicatorError) || isConnectionError(error) || error.code === 'cancelled') {
      throw error;
    }
    return null;
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
                    $1, NULL, ${ENOUGH_CHANGES}, 'proto_version', '1', 'publication_names', $1)
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
