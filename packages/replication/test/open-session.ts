import { ConnectionUrl } from '@seren-replicator/job-models';
import { Server } from '../src/session/server.ts';
import type { Session } from '../src/session/session.ts';

/** A session of the engine on a source, for tests of what is asked through one. */
export async function openSession(url: string): Promise<{ session: Session; close: () => Promise<void> }> {
  const server = new Server({
    side: 'source',
    url: ConnectionUrl.parse(url),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    signal: new AbortController().signal,
  });
  const session = await server.open();
  return { session, close: () => server.close(session) };
}
