import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import { planScope } from '../scope/plan-scope.ts';
import type { Server, Servers } from '../session/server.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { claimCutover } from './claim-cutover.ts';
import type { CutoverDatabase } from './cutover-context.ts';

/**
 * The databases in scope that follow their source.
 *
 * @param isClaiming holds them, until the servers' sessions are closed: what is read of them stays so
 * @throws ReplicatorError `sync_missing` when none does, `target_in_use` when one cannot be claimed
 */
export async function findDatabases(
  servers: Servers,
  filter: JobFilter,
  isClaiming: boolean,
): Promise<CutoverDatabase[]> {
  const found: CutoverDatabase[] = [];
  for (const scope of await planScope(servers, filter)) {
    const { target } = scope.servers;
    if ((await readRecord(target)) === null) continue;
    if (isClaiming) await claimCutover(target);
    // Another run may have ended, and changed it, while the claim was waited for.
    const record = await readRecord(target);
    if (record === null) continue;
    const isHandedOver = record.cutover?.isPastReturn === true;
    const hasReverse = isHandedOver && record.cutover?.isReverseBegun === true;
    found.push({
      scope,
      record,
      status: null,
      sequencesBefore: null,
      sequencesAhead: new Set(),
      reverse: hasReverse ? await scope.servers.source.withSession(findSyncRecord) : null,
    });
  }
  if (found.length > 0) return found;
  throw new ReplicatorError(
    'sync_missing',
    `Nothing follows its source on the ${servers.target.describe()}, or it was cut over already; init without --no-sync begins continuous sync.`,
  );
}

/** A target that was never copied into follows nothing. */
async function readRecord(target: Server): Promise<SyncRecord | null> {
  try {
    return await target.withSession(findSyncRecord);
  } catch (error) {
    if (error instanceof ReplicatorError && error.code === 'database_missing') return null;
    throw error;
  }
}
