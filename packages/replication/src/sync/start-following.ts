/** From a copy that is done to one that follows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { tuningOf } from '../tuning.ts';
import { isBeingRead } from './read-slot.ts';
import { createSubscription, enableSubscription, readSubscription } from './subscription.ts';
import type { SyncRecord } from './sync-record.ts';

const POLL_MS = 100;

/**
 * Lets changes come: by a subscription, which is waited for until it reads the slot. With the other method there is
 * nothing to start here: whoever applies them finds the slot.
 *
 * @throws ReplicatorError `sync_conflict` when the subscription does not come up
 */
export async function startFollowing(
  deps: Pick<EngineDeps, 'signal' | 'tuning'>,
  { source, target }: Servers,
  { name, method }: Pick<SyncRecord, 'name' | 'method'>,
): Promise<void> {
  if (method === 'stream') return;
  await target.withSession(async (session) => {
    // One that is there has a position of its own, which goes with it.
    if ((await readSubscription(session, name)) === null) await createSubscription(session, name, source.url);
    await enableSubscription(session, name);
  });
  await source.withSession((session) => waitUntilRead(deps, session, name));
}

async function waitUntilRead(
  deps: Pick<EngineDeps, 'signal' | 'tuning'>,
  source: Session,
  name: string,
): Promise<void> {
  const deadline = performance.now() + tuningOf(deps).subscriptionDeadlineMs;
  while (!(await isBeingRead(source, name))) {
    if (performance.now() > deadline) {
      throw new ReplicatorError(
        'sync_conflict',
        `The target's subscription ${name} does not read its slot on the source; the target's server log says why. Mend that and run sync, or sync --stop and then init --drop-existing --sync-method stream. Until then the source keeps its log for the slot ${name}.`,
      );
    }
    await sleep(POLL_MS, undefined, { signal: deps.signal });
  }
}
