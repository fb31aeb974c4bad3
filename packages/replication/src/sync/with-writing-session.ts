import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

/** Sessions of the source are read-only by default; this one is for the little that continuous sync makes there. */
export async function withWritingSession<Result>(
  server: Server,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  return server.withSession(async (session) => {
    await session.execute('set its session up', 'SET default_transaction_read_only = off');
    return work(session);
  });
}
