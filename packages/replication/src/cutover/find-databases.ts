import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import type { EngineDeps } from '../engine.ts';
import { listNamedTables } from '../catalog/list-named-tables.ts';
import { chooseDatabases } from '../scope/choose-databases.ts';
import type { TableRules } from '../scope/resolve-rules.ts';
import type { Server, Servers } from '../session/server.ts';
import { rulesOfCopy } from '../status/rules-of-copy.ts';
import { isHandedOver } from '../sync/is-handed-over.ts';
import { refuseOtherFilters } from '../sync/refuse-other-filters.ts';
import { repairSync } from '../sync/repair-sync.ts';
import { findSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import { claimCutover } from './claim-cutover.ts';
import type { CutoverDatabase } from './cutover-context.ts';
import { unmarkHandedOver } from './hand-over.ts';
import { withChanges } from './note-cutover.ts';

export interface FindInput {
  filter: JobFilter;
  /** They are held until the servers' sessions are closed: what is read of them stays so. */
  isClaiming: boolean;
}

/**
 * The databases in scope that follow their source. One whose slot an earlier run was about to drop follows again.
 *
 * @throws ReplicatorError `sync_missing` when none does, `target_in_use` when one cannot be claimed
 */
export async function findDatabases(
  deps: Pick<EngineDeps, 'signal'>,
  servers: Servers,
  { filter, isClaiming }: FindInput,
): Promise<CutoverDatabase[]> {
  const found: CutoverDatabase[] = [];
  for (const pair of await chooseDatabases(servers, filter)) {
    const { source, target } = pair;
    if ((await readRecord(target)) === null) continue;
    const claim = isClaiming ? await claimCutover(target) : null;
    // Another run may have ended, and changed it, while the claim was waited for.
    const known = await readRecord(target);
    if (known === null) continue;
    refuseOtherFilters(known, filter);
    const isOver = await source.withSession((session) => isHandedOver(session, known));
    const record = isOver ? known : await reopen(deps, pair, known, isClaiming);
    const hasReverse = isOver && record.cutover?.isReverseBegun === true;
    found.push({
      scope: { servers: pair, rules: await readRules(source, record) },
      claim,
      record,
      status: null,
      sequencesBefore: null,
      sequencesAhead: new Set(),
      reverse: hasReverse ? await source.withSession(findSyncRecord) : null,
    });
  }
  if (found.length > 0) return found;
  throw new ReplicatorError(
    'sync_missing',
    `Nothing follows its source on the ${servers.target.describe()}, or it was cut over already; init without --no-sync begins continuous sync.`,
  );
}

/** What an earlier run had begun to take away goes on following: nothing is lost of it yet. */
async function reopen(
  deps: Pick<EngineDeps, 'signal'>,
  servers: Servers,
  record: SyncRecord,
  isClaiming: boolean,
): Promise<SyncRecord> {
  if (record.cutover?.isPastReturn !== true) return record;
  if (!isClaiming) return { ...record, cutover: withChanges(record, { isPastReturn: false }) };
  await repairSync(deps, servers, record);
  return (await unmarkHandedOver(servers, record)) ?? record;
}

/** Whatever was copied is what is cut over. */
async function readRules(source: Server, { fingerprint }: SyncRecord): Promise<TableRules> {
  const tables = await source.withSession(listNamedTables);
  return rulesOfCopy(fingerprint, { database: source.database, tables });
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
