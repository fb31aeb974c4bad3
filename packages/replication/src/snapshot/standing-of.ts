import { ReplicatorError } from '@seren-replicator/job-models';
import type { Session } from '../session/session.ts';
import { isConnectionError } from '../session/translate-error.ts';

/** How long a session may take to answer before it counts as lost. */
const STANDING_DEADLINE_MS = 15_000;

/**
 * Asks the sessions that a run stands on and that cannot be replaced, such as those that hold a snapshot: once for all
 * who ask at the same time. Rejects when one of them is lost.
 */
export function standingOf(sessions: readonly Session[]): () => Promise<void> {
  let asking: Promise<void> | undefined;
  const ask = async () => {
    const timer = setTimeout(() => {
      for (const session of sessions) session.cut();
    }, STANDING_DEADLINE_MS);
    try {
      for (const session of sessions) await session.execute('answer', 'SELECT 1');
    } finally {
      clearTimeout(timer);
      asking = undefined;
    }
  };
  return () => (asking ??= ask());
}

/**
 * A session that the whole run stands on may be lost between two questions, and then the loss shows in many ways: as a
 * snapshot that pg_dump or a new session cannot join.
 *
 * @throws the lost connection, if that is why `work` failed; else what `work` threw
 */
export async function whileStanding<Result>(
  assertStands: () => Promise<void>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    await assertStands().catch((loss: unknown) => {
      if (loss instanceof ReplicatorError && isConnectionError(loss)) throw loss;
    });
    throw error;
  }
}
