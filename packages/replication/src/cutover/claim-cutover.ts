import { setTimeout as sleep } from 'node:timers/promises';
import { takeCutoverClaim } from '../checkpoint/claim-target.ts';
import type { Server } from '../session/server.ts';
import type { Session } from '../session/session.ts';

const USE_MS = 1_000;

/**
 * One cutover at a time for a target database. The lock is that of the session that is given back, which is used every
 * second for as long as it is open; the caller closes it.
 *
 * @throws ReplicatorError `target_in_use` while another run cuts over, or takes a cutover back
 */
export async function claimCutover(target: Server): Promise<Session> {
  const session = await target.open();
  try {
    await takeCutoverClaim(session, target);
  } catch (error) {
    await target.close(session);
    throw error;
  }
  // That it is lost is found by whoever asks on it next.
  void goOnUsing(session).catch(() => undefined);
  return session;
}

async function goOnUsing(session: Session): Promise<void> {
  while (!session.isClosed) {
    await assertClaimed(session);
    await sleep(USE_MS, undefined, { ref: false });
  }
}

/** @throws ReplicatorError `connection_lost` when the lock went with its session: another run may have taken over */
export async function assertClaimed(claim: Session): Promise<void> {
  await claim.execute('keep its claim', 'SELECT');
}
