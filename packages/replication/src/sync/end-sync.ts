/**
 * Takes away what continuous sync has made on both sides: subscription, slot, publication, replica identities, and the
 * record last, so that what was interrupted can be found and ended again. It may be repeated.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import type { Servers } from '../session/server.ts';
import { dropPublication } from './publish-tables.ts';
import { dropSlot } from './drop-slot.ts';
import { disableSubscription, dropSubscription } from './subscription.ts';
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
  // While it is copied into, a target has none yet: one that is out of reach then does not keep the slot. It is dropped
  // after the slot: a run that dies in between leaves one that knows how far it is.
  if (record.state === 'following') await target.withSession((session) => disableSubscription(session, name));
  const kept = await saying(
    `What is left on the source keeps its log: run sync --stop again, or there: SELECT pg_drop_replication_slot('${name}'); DROP PUBLICATION ${name};`,
    async () => {
      await dropSlot(source, name);
      return withWritingSession(source, async (session) => {
        await dropPublication(session, name);
        return undoFull(session, madeFull);
      });
    },
  );
  const keptOnTarget = await saying(
    'On the source nothing is left; the record of continuous sync is left on the target: run sync --stop, or the same command again.',
    async () =>
      target.withSession(async (session) => {
        await dropSubscription(session, name);
        const tables = await undoFull(session, madeFull);
        if (!keepsRecord) await dropSyncRecord(session, record);
        return tables;
      }),
  );
  return [...new Set([...kept, ...keptOnTarget])];
}

/** Adds to a failure what is left. */
async function saying<Result>(left: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ReplicatorError)) throw error;
    throw new ReplicatorError(error.code, `${error.message} ${left}`, { cause: error });
  }
}
