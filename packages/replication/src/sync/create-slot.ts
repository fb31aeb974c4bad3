/**
 * A logical slot, and the snapshot that begins where its changes begin: one command makes both, so that no row is
 * between them and none in both.
 *
 * https://www.postgresql.org/docs/current/protocol-replication.html#PROTOCOL-REPLICATION-CREATE-REPLICATION-SLOT
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Server } from '../session/server.ts';

export interface SlotSnapshot {
  /** Of the snapshot, for as long as the work lasts. */
  id: string;
  /** Where the slot's changes begin, in the source's log. */
  consistentPoint: string;
}

/**
 * Makes a slot, for which the server waits until every transaction that was writing has ended, and lends its snapshot.
 * The slot stays.
 *
 * @throws ReplicatorError `query_failed`, also when a slot of this name is there
 */
export async function withSlotSnapshot<Result>(
  source: Server,
  name: string,
  work: (snapshot: SlotSnapshot) => Promise<Result>,
): Promise<Result> {
  const session = await source.openReplication();
  try {
    const { rows } = await session.attempt(`create the replication slot ${name}`, () =>
      session.client.query<{ consistent_point: string; snapshot_name: string }>(
        `CREATE_REPLICATION_SLOT ${pg.escapeIdentifier(name)} LOGICAL pgoutput EXPORT_SNAPSHOT`,
      ),
    );
    const [slot] = rows;
    if (slot === undefined) {
      throw new ReplicatorError('query_failed', `The ${session.where} gave no snapshot with its slot.`);
    }
    return await work({ id: slot.snapshot_name, consistentPoint: slot.consistent_point });
  } finally {
    await source.close(session);
  }
}

/** Makes a slot whose changes begin now, for a target that is equal now. @returns where they begin */
export async function createSlot(source: Server, name: string): Promise<string> {
  return source.withSession(async (session) => {
    const { lsn } = await session.queryOne<{ lsn: string }>(
      `create the replication slot ${name}`,
      `SELECT lsn::text FROM pg_catalog.pg_create_logical_replication_slot($1, 'pgoutput')`,
      [name],
    );
    return lsn;
  });
}
