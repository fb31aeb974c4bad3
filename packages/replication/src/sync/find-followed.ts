import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import { chooseDatabases } from '../scope/choose-databases.ts';
import type { Servers } from '../session/server.ts';
import type { FollowedDatabase } from './follow-all.ts';
import { refuseOtherFilters } from './refuse-other-filters.ts';
import { findSyncRecord } from './store-sync-record.ts';

/**
 * The databases in scope whose target has a record of following, finished or not.
 *
 * @throws ReplicatorError `sync_missing` when there is none, `invalid_request` for filters that are not the copy's
 */
export async function findFollowed(servers: Servers, filter: JobFilter): Promise<FollowedDatabase[]> {
  const databases = await chooseDatabases(servers, filter);
  const found: FollowedDatabase[] = [];
  for (const pair of databases) {
    const record = await findRecord(pair);
    if (record === null) continue;
    refuseOtherFilters(record, filter);
    found.push({ servers: pair, record });
  }
  if (found.length > 0) return found;
  throw new ReplicatorError(
    'sync_missing',
    `Nothing follows the source on the ${servers.target.describe()}; copy it with init, without --no-sync.`,
  );
}

async function findRecord({ target }: Servers) {
  try {
    return await target.withSession(findSyncRecord);
  } catch (error) {
    if (error instanceof ReplicatorError && error.code === 'database_missing') return null;
    throw error;
  }
}
