import type { Server } from '../session/server.ts';

/** Whether somebody reads the slot now. */
export async function isBeingRead(source: Server, name: string): Promise<boolean> {
  return source.withSession(async (session) => {
    const active = await session.query(
      'look for its replication slot',
      'SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1 AND active',
      [name],
    );
    return active.length > 0;
  });
}
