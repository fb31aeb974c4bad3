import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from './session.ts';

const DEADLINE_MS = 30_000;
const POLL_MS = 100;

/**
 * Ends server processes of our own, whose connections are lost while the server may not have noticed, and waits until
 * they are gone.
 *
 * @throws ReplicatorError `connection_lost` when they do not end
 */
export async function endBackends(session: Session, processIds: readonly number[]): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    // Within a transaction, and a lane's session of the source is in one, a server shows the same activity again.
    await session.execute('look for a lost session', 'SELECT pg_catalog.pg_stat_clear_snapshot()');
    const alive = await session.query(
      'end a lost session',
      `SELECT pg_catalog.pg_terminate_backend(a.pid)
       FROM pg_catalog.pg_stat_activity AS a
       JOIN pg_catalog.pg_stat_activity AS me ON me.pid = pg_catalog.pg_backend_pid()
       WHERE a.pid = ANY ($1::int[]) AND a.pid <> me.pid AND a.application_name = me.application_name`,
      [processIds],
    );
    if (alive.length === 0) return;
    if (performance.now() > deadline) {
      throw new ReplicatorError(
        'connection_lost',
        `The ${session.where} does not end a lost session of this run.`,
      );
    }
    await sleep(POLL_MS);
  }
}
