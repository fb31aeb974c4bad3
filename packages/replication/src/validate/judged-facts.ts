import type { ReplicationUse } from '../catalog/sync-questions.ts';
import type { ResumeDecision } from '../checkpoint/decide-resume.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import type { Facts } from './gather-facts.ts';

/**
 * What an earlier run has left is a run's own: what is on the target is not in the way where it is gone on with, and the
 * slot is as good as free, because it is followed on, or dropped before another one is made.
 */
export function judgedFacts({ source, target, ...facts }: Facts, decision: ResumeDecision): Facts {
  return {
    ...facts,
    source: { ...source, replicationUse: withoutOwn(source.replicationUse, target.sync) },
    target: decision === 'fresh' ? target : { ...target, userObjects: [] },
  };
}

function withoutOwn(use: ReplicationUse, sync: SyncRecord | null): ReplicationUse {
  const own = use.ofDatabase.find(({ name }) => name === sync?.name);
  if (own === undefined) return use;
  const senders = use.senders !== null && own.is_read ? use.senders - 1 : use.senders;
  return { ...use, slots: use.slots - 1, senders };
}
