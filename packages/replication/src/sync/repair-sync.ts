/** Makes whole again what somebody has removed or switched off, as far as that loses nothing. */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
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
  const found = await source.queryOne<{ wal_status: string | null; is_published: boolean }>(
    'look for its replication slot',
    `SELECT (SELECT wal_status FROM pg_catalog.pg_replication_slots WHERE slot_name = $1) AS wal_status,
            EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = $1) AS is_published`,
    [name],
  );
  const lost = 'changes are lost, and the copy has to begin anew: init --drop-existing';
  if (found.wal_status === null) {
    throw new ReplicatorError('slot_lost', `The replication slot ${name} is gone from the source; ${lost}.`);
  }
  if (found.wal_status === 'lost') {
    throw new ReplicatorError(
      'slot_lost',
      `The source has given the replication slot ${name} up, because it was too far behind (max_slot_wal_keep_size); ${lost}.`,
    );
  }
  // Changes are decoded with the catalogue as it was when they were made: a publication made now would not be in it.
  if (!found.is_published) {
    throw new ReplicatorError('slot_lost', `The publication ${name} is gone from the source; ${lost}.`);
  }
}

async function describeRepair(target: Session, { name }: SyncRecord): Promise<string[]> {
  const subscription = await readSubscription(target, name);
  if (subscription === null) {
    return ['the subscription was missing and is made anew; run verify once the source is at rest'];
  }
  return subscription.isEnabled ? [] : ['the subscription was disabled and is enabled'];
}
