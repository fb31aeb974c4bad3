/** Makes whole again what somebody has removed or switched off, as far as that loses nothing. */
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import { hasPublication } from './has-publication.ts';
import { publicationLost, requireSlot } from './slot-lost.ts';
import { startFollowing } from './start-following.ts';
import { setStopAt } from './store-sync-record.ts';
import { readSubscription } from './subscription.ts';
import type { SyncRecord } from './sync-record.ts';

/**
 * @returns what was made anew, in words
 * @throws ReplicatorError `slot_lost` when changes are gone for good
 */
export async function repairSync(
  deps: Pick<EngineDeps, 'signal' | 'tuning'>,
  servers: Servers,
  record: SyncRecord,
): Promise<string[]> {
  const { source, target } = servers;
  await source.withSession((session) => checkSource(session, record));
  const repaired = await target.withSession(async (session) => {
    await setStopAt(session, record, null);
    return record.method === 'stream' ? [] : describeRepair(session, record);
  });
  await startFollowing(deps, servers, record);
  return repaired;
}

async function checkSource(source: Session, { name }: SyncRecord): Promise<void> {
  await requireSlot(source, name);
  // Changes are decoded with the catalogue as it was when they were made: a publication made now would not be in it.
  if (!(await hasPublication(source, name))) throw publicationLost(name, 'is not there');
}

async function describeRepair(target: Session, { name }: SyncRecord): Promise<string[]> {
  const subscription = await readSubscription(target, name);
  if (subscription === null) {
    return ['the subscription was missing and is made anew; run verify once the source is at rest'];
  }
  return subscription.isEnabled ? [] : ['the subscription was disabled and is enabled'];
}
