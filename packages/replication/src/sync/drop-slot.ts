import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { ReplicatorError } from '@seren-replicator/job-models';

const DEADLINE_MS = 20_000;
const POLL_MS = 200;

/**
 * Drops a slot, if it is there; whoever reads it is ended first. The log that it kept is the source's to remove then.
 *
 * @throws ReplicatorError `target_in_use` when somebody goes on reading it
 */
export async function dropSlot(source: Server, name: string): Promise<void> {
  await source.withSession(async (session) => {
    const deadline = performance.now() + DEADLINE_MS;
    while (!(await dropIfIdle(session, name))) {
      if (performance.now() > deadline) {
        throw new ReplicatorError(
          'target_in_use',
          `The replication slot ${name} of the ${source.describe()} is being read and cannot be dropped; end who reads it, then run the same command again.`,
        );
      }
      await sleep(POLL_MS);
    }
  });
}

/** @returns whether the slot is gone */
async function dropIfIdle(session: Session, name: string): Promise<boolean> {
  const [slot] = await session.query<{ active_pid: number | null }>(
    'look for its replication slot',
    'SELECT active_pid FROM pg_catalog.pg_replication_slots WHERE slot_name = $1',
    [name],
  );
  if (slot === undefined) return true;
  if (slot.active_pid === null) {
    const dropped = await session.query(
      `drop the replication slot ${name}`,
      `SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots
       WHERE slot_name = $1 AND active_pid IS NULL`,
      [name],
    );
    return dropped.length > 0;
  }
  await session.query(
    `end who reads the replication slot ${name}`,
    `SELECT pg_catalog.pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots
     WHERE slot_name = $1 AND active_pid IS NOT NULL`,
    [name],
  );
  return false;
}
