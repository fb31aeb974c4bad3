/**
 * Takes away what continuous sync has made on both sides: subscription, slot, publication, replica identities, and the
 * record last, so that what was interrupted can be found and ended again. It may be repeated.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Servers } from '../session/server.ts';
import { dropPublication } from './publish-tables.ts';
import { dropSlot } from './drop-slot.ts';
import { dropSubscription } from './subscription.ts';
import { dropSyncRecord } from './store-sync-record.ts';
import type { SyncRecord } from './sync-record.ts';
import { undoFull } from './replica-identity.ts';
import { withWritingSession } from './with-writing-session.ts';

export interface EndSyncOptions {
  /** Replica identities that were made FULL stay: the way back needs them, and its record has them now. */
  keepsIdentities?: boolean;
  /** The record stays, for the caller to drop: until then this may be repeated. */
  keepsRecord?: boolean;
}

/**
 * @returns labels of the tables that were made FULL and stay so, because other publications have them
 * @throws ReplicatorError when a side cannot be reached, saying what is left there and how to remove it
 */
export async function endSync(
  { source, target }: Servers,
  record: SyncRecord,
  { keepsIdentities = false, keepsRecord = false }: EndSyncOptions = {},
): Promise<string[]> {
  const { name } = record;
  const madeFull = keepsIdentities ? [] : record.madeFull;
  await target.withSession((session) => dropSubscription(session, name));
  let kept: string[];
  try {
    await dropSlot(source, name);
    kept = await withWritingSession(source, async (session) => {
      await dropPublication(session, name);
      return undoFull(session, madeFull);
    });
  } catch (error) {
    if (!(error instanceof ReplicatorError)) throw error;
    throw new ReplicatorError(
      error.code,
      `${error.message} What is left on the source keeps its log: run sync --stop again, or there: SELECT pg_drop_replication_slot('${name}'); DROP PUBLICATION ${name};`,
      { cause: error },
    );
  }
  return target.withSession(async (session) => {
    kept.push(...(await undoFull(session, madeFull)));
    if (!keepsRecord) await dropSyncRecord(session, record);
    return [...new Set(kept)];
  });
}
