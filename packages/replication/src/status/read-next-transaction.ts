import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { sqlStateOf } from '../session/translate-error.ts';
import { decodeMessage, type StreamMessage } from '../stream/decode-message.ts';
import { parseLsn } from '../stream/lsn.ts';
import { readOriginPosition } from './read-origin-position.ts';

/** A transaction that is too large to be looked at in this time is left to the server's log. */
const BEGIN = "BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'";
/** Enough to pass by the empty transactions that sources before version 15 send. */
const ENOUGH_CHANGES = 1_000;
/** What is looked at of a transaction, which the source always gives whole. */
const MAX_MESSAGES = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;

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

export interface NextTransactionInput {
  source: Session;
  target: Session;
  name: string;
  subscriptionOid: string;
  signal: AbortSignal;
}

export interface NextTransaction {
  /** The position that ALTER SUBSCRIPTION … SKIP takes. */
  commitLsn: bigint;
  /** Its changes, or the first of them, and the tables that they are of. */
  messages: readonly StreamMessage[];
}

/**
 * The transaction that the target would apply next, by a look at the slot that confirms nothing. Null where it cannot
 * be told.
 */
export async function readNextTransaction(input: NextTransactionInput): Promise<NextTransaction | null> {
  const { source, target, name, subscriptionOid, signal } = input;
  const applied = await readOriginPosition(target, subscriptionOid);
  if (applied === null) return null;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return findNext(await peek(source, name), parseLsn(applied));
    } catch (error) {
      if (!(error instanceof ReplicatorError) || !NOT_TO_BE_HAD.has(sqlStateOf(error))) throw error;
      if (sqlStateOf(error) !== OBJECT_IN_USE || attempt === ATTEMPTS) return null;
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }
}

async function peek(source: Session, name: string): Promise<StreamMessage[]> {
  const rows = await source.transaction(BEGIN, () =>
    source.query<{ data: Buffer }>(
      'look at the next transaction of its replication slot',
      `SELECT m.data
       FROM (SELECT c.data, c.ordinality,
                    pg_catalog.sum(pg_catalog.length(c.data)) OVER (ORDER BY c.ordinality) AS bytes
             FROM pg_catalog.pg_logical_slot_peek_binary_changes(
                    $1::text::name, NULL, ${ENOUGH_CHANGES}, 'proto_version', '1', 'publication_names', $1::text)
                  WITH ORDINALITY AS c) AS m
       WHERE m.ordinality <= ${MAX_MESSAGES} AND m.bytes <= ${MAX_BYTES}
       ORDER BY m.ordinality`,
      [name],
    ),
  );
  return rows.map(({ data }) => decodeMessage(data, 0));
}

/** A table is described once, before the first change of it, which may be in a transaction that is applied already. */
function findNext(messages: readonly StreamMessage[], applied: bigint): NextTransaction | null {
  const begin = messages.findIndex(
    (message, index) =>
      message.kind === 'begin' && message.commitLsn >= applied && messages[index + 1]?.kind !== 'commit',
  );
  const first = messages[begin];
  if (first?.kind !== 'begin') return null;
  const tables = messages.slice(0, begin).filter(({ kind }) => kind === 'relation');
  const rest = messages.slice(begin + 1);
  const commit = rest.findIndex(({ kind }) => kind === 'commit');
  return {
    commitLsn: first.commitLsn,
    messages: [...tables, ...rest.slice(0, commit === -1 ? undefined : commit)],
  };
}
