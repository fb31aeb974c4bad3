import type { Session } from '../session/session.ts';

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
