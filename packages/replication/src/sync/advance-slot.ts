import type { Server } from '../session/server.ts';

/** Lets a slot that nobody reads pass over everything up to a position of its server's log. */
export async function advanceSlot(source: Server, name: string, position: string): Promise<void> {
  await source.withSession((session) =>
    session.query(
      `advance the replication slot ${name}`,
      'SELECT pg_catalog.pg_replication_slot_advance($1, $2::pg_lsn)',
      [name, position],
    ),
  );
}
