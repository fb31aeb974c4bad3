import { ReplicatorError, type JobOptions, type SyncMethod } from '@seren-replicator/job-models';
import type { Servers } from '../session/server.ts';
import { findIncomparableColumn } from './find-incomparable-column.ts';
import { whyNotPortable } from './subscriber-conninfo.ts';
import { trySubscription } from './subscription.ts';

export interface ChosenMethod {
  method: SyncMethod;
  /** Why, in words. */
  reason: string;
}

/**
 * The target's own subscription where the servers allow it, since nothing of ours has to run then. It is tried, not
 * guessed: whether a role may subscribe, and whether the target reaches the source, nobody else can tell. What would fail
 * with the first change alone is asked for.
 *
 * @param publication on the source already
 * @throws ReplicatorError when a subscription is insisted on and cannot be
 */
export async function chooseMethod(
  { source, target }: Servers,
  { sync_method: wanted }: Pick<JobOptions, 'sync_method'>,
  publication: { name: string; tables: number },
): Promise<ChosenMethod> {
  if (wanted === 'stream') return { method: 'stream', reason: 'it was asked for' };
  const obstacle =
    whyNotPortable(source.url) ??
    (await source.withSession((session) => findIncomparableColumn(session, publication.name))) ??
    (await target.withSession((session) =>
      trySubscription(session, { ...publication, sourceUrl: source.url }),
    ));
  if (obstacle === null) {
    return {
      method: 'subscription',
      reason: wanted === 'auto' ? 'the target can subscribe to the source' : 'it was asked for',
    };
  }
  if (wanted === 'subscription') {
    throw new ReplicatorError(
      'not_supported',
      `The target cannot subscribe to the source: ${obstacle}. Mend that, or leave --sync-method out.`,
    );
  }
  return { method: 'stream', reason: `the target cannot subscribe to the source: ${obstacle}` };
}
