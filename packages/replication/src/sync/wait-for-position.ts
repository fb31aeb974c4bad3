/** Positions in the source's log, and waiting until the target has confirmed them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

const POLL_MS = 50;
const MESSAGE_PREFIX = 'seren-replicator';

/**
 * Writes a mark into the source's log, so that there is something after everything that was committed before, and
 * flushes it: what is not on disk is not sent.
 *
 * @returns the position behind the mark
 */
export async function markSource(source: Server): Promise<string> {
  return source.withSession(markLog);
}

/** Transactional, because the commit is what flushes it; in one round trip, for those who take the time. */
const MARK = `
  BEGIN READ WRITE;
  SELECT pg_catalog.pg_logical_emit_message(true, '${MESSAGE_PREFIX}', '');
  COMMIT;
  SELECT pg_catalog.pg_current_wal_flush_lsn()::text AS lsn`;

/** The same on a session of the source, which has no transaction open. */
export async function markLog(source: Session): Promise<string> {
  // pg's types leave out that several statements give several results.
  const results = await source.attempt(
    'mark its log',
    async () => (await source.client.query(MARK)) as unknown as { rows: { lsn: string }[] }[],
  );
  const lsn = results.at(-1)?.rows[0]?.lsn;
  if (lsn === undefined) {
    throw new ReplicatorError('query_failed', `The ${source.where} did not tell where its log ends.`);
  }
  return lsn;
}

export interface WaitInput {
  /** Slot whose confirmed position is waited for. */
  name: string;
  position: string;
  deadlineMs: number;
  signal: AbortSignal;
}

/**
 * Waits until the target has confirmed a position of the source's log.
 *
 * @throws ReplicatorError `sync_lagging` when it has not by the deadline, `slot_lost` when the slot is gone
 */
export async function waitForPosition(source: Server, input: WaitInput): Promise<void> {
  const { name, position, deadlineMs, signal } = input;
  await source.withSession(async (session) => {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const missingBytes = await missingUntil(session, name, position);
      if (missingBytes <= 0n) return;
      if (performance.now() > deadline) {
        throw new ReplicatorError(
          'sync_lagging',
          `The target has not followed to position ${position} within ${Math.round(deadlineMs / 1000)} s (${missingBytes} bytes of the source's log are missing); see status for what is in the way.`,
        );
      }
      await sleep(POLL_MS, undefined, { signal });
    }
  });
}

async function missingUntil(session: Session, name: string, position: string): Promise<bigint> {
  const [slot] = await session.query<{ missing: string }>(
    'tell how far its replication slot is',
    `SELECT pg_catalog.pg_wal_lsn_diff($2::pg_lsn, confirmed_flush_lsn)::text AS missing
     FROM pg_catalog.pg_replication_slots WHERE slot_name = $1`,
    [name, position],
  );
  if (slot !== undefined) return BigInt(slot.missing);
  throw new ReplicatorError(
    'slot_lost',
    `The replication slot ${name} is not on the ${session.where} any more; begin anew with init --drop-existing.`,
  );
}
