/** How every database in scope follows its source. Changes nothing but for a mark in the source's log. */
import {
  ReplicatorError,
  type DatabaseStatus,
  type JobSpecification,
  type StatusResult,
} from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { chooseDatabases } from '../scope/choose-databases.ts';
import type { Server, Servers } from '../session/server.ts';
import { refuseOtherFilters } from '../sync/refuse-other-filters.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { readDatabaseStatus } from './database-status.ts';
import { findAbandonedSlots } from './find-abandoned-slots.ts';
import { failureOf } from './judge-status.ts';
import { describeBytes } from './judgement.ts';

/** @throws ReplicatorError `sync_missing` when nothing in scope is followed */
export async function status(
  deps: EngineDeps,
  servers: Servers,
  { filter, options }: Pick<JobSpecification, 'filter' | 'options'>,
): Promise<CommandOutcome> {
  const databases = await chooseDatabases(servers, filter);
  const records: (SyncRecord | null)[] = [];
  for (const { target } of databases) records.push(await findRecord(target, databases.length));
  for (const record of records) if (record !== null) refuseOtherFilters(record, filter);
  const known = new Set(records.flatMap((record) => record?.name ?? []));
  const abandoned = await findAbandonedSlots(databases, known);
  const statuses: DatabaseStatus[] = [];
  for (const [index, pair] of databases.entries()) {
    const record = records[index] ?? null;
    if (record !== null) {
      statuses.push(
        await readDatabaseStatus(deps, {
          servers: pair,
          record,
          maxLagSeconds: options.max_lag_seconds ?? 0,
        }),
      );
    }
  }
  if (statuses.length === 0) throw describeMissing(databases, abandoned);
  const result: StatusResult = { command: 'status', databases: statuses, abandoned_slots: abandoned };
  return { result, failure: failureOf(statuses, options) };
}

/** One of several that was not copied to the target yet has nothing to tell. */
async function findRecord(target: Server, databaseCount: number): Promise<SyncRecord | null> {
  try {
    return await target.withSession(findSyncRecord);
  } catch (error) {
    const isMissing = error instanceof ReplicatorError && error.code === 'database_missing';
    if (isMissing && databaseCount > 1) return null;
    throw error;
  }
}

function describeMissing(
  databases: readonly Servers[],
  abandoned: StatusResult['abandoned_slots'],
): ReplicatorError {
  const [first] = databases;
  const which =
    databases.length === 1 && first !== undefined
      ? `The target database ${first.target.database} follows no source`
      : 'None of the target databases follows its source';
  const slots = abandoned.map(
    ({ name, retained_bytes, fix }) =>
      ` On the source the replication slot ${name} keeps ${describeBytes(BigInt(retained_bytes))} of log for nobody in scope: ${fix}`,
  );
  return new ReplicatorError(
    'sync_missing',
    `${which}; start with seren-replicator init, without --no-sync.${slots.join('')}`,
  );
}
