import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { LOCK_KEYS, LOCK_SPACE } from '../checkpoint/claim-target.ts';

/** A server notices within that time that a run which has died is gone. */
const DEADLINE_MS = 3_000;
const POLL_MS = 100;

/**
 * One cutover at a time for a target database. The lock is that of the session that is given back, and ends with it;
 * the caller closes it.
 *
 * @throws ReplicatorError `target_in_use` while another run cuts over, or takes a cutover back
 */
export async function claimCutover(target: Server): Promise<Session> {
  const session = await target.open();
  try {
    const deadline = performance.now() + DEADLINE_MS;
    do {
      const { is_ours } = await session.queryOne<{ is_ours: boolean }>(
        'claim the database',
        'SELECT pg_catalog.pg_try_advisory_lock($1, $2) AS is_ours',
        [LOCK_SPACE, LOCK_KEYS.cutover],
      );
      if (is_ours) return session;
      await sleep(POLL_MS);
    } while (performance.now() < deadline);
    throw new ReplicatorError(
      'target_in_use',
      `Another run cuts over to the target database ${target.database}, takes that back, or mends its sync; wait until it is done.`,
    );
  } catch (error) {
    await target.close(session);
    throw error;
  }
}
