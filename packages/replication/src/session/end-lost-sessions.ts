import { openMaintenanceSession } from '../catalog/read-server-facts.ts';
import { endBackends } from './end-backends.ts';
import type { Server } from './server.ts';

/** Ends on a server what connections that were cut may have left there: a snapshot, locks, the claim of a target. */
export async function endLostSessions(server: Server): Promise<void> {
  const lost = server.takeLost();
  if (lost.length === 0) return;
  // A target's database may be about to be made.
  const session = server.side === 'source' ? await server.open() : await openMaintenanceSession(server);
  try {
    await endBackends(session, lost);
  } finally {
    await server.close(session);
  }
}
