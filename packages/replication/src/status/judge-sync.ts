import type { SyncRecord } from '../sync/sync-record.ts';
import { judgeLoss, judgeRetention } from './judge-slot.ts';
import { judgeStream } from './judge-stream.ts';
import { judgeSubscription, type StuckTransaction } from './judge-subscription.ts';
import { BEGIN_ANEW, type Attention, type Judgement } from './judgement.ts';
import type { Look } from './look-at-sync.ts';

export interface SyncFacts extends Look {
  record: SyncRecord;
  targetVersionNum: number;
  otherSource: string | null;
  /** Whether the source still has the publication. */
  isPublished: boolean;
  /** Whether a run holds the target: of a copy that is not done, whether it goes on. */
  isClaimed: boolean;
  /** Whether a cutover has taken the slot away. */
  isHandedOver: boolean;
  /** Where a subscription does not get on, what it is at. */
  next: StuckTransaction | null;
}

/**
 * Whether changes arrive, and what somebody has to do where they do not. A slot that is lost outweighs all else; one
 * that a cutover has taken away is not lost.
 */
export function judgeSync(facts: SyncFacts): Judgement {
  const { lag, isHandedOver } = facts;
  if (isHandedOver) return { state: 'waiting', conflicts: [], attention: [] };
  const slotFacts = { ...facts, slot: lag?.slot ?? null, wasRead: lag?.wasRead ?? false };
  const loss = judgeLoss(slotFacts) ?? judgePublication(facts);
  if (loss !== null) return { state: 'broken', conflicts: [], attention: [loss] };
  const judgement = judgeState(facts);
  return { ...judgement, attention: [...judgement.attention, ...judgeRetention(slotFacts)] };
}

/** Changes are read with the catalogue of the time they were made in: to publish the tables again comes too late. */
function judgePublication({ record, isPublished }: SyncFacts): Attention | null {
  if (isPublished || record.state === 'copying') return null;
  return {
    message: `the publication ${record.name} is not on the source any more: changes that were made without it cannot be read`,
    fix: BEGIN_ANEW,
  };
}

function judgeCopy({ isClaimed, record }: SyncFacts): Judgement {
  const interrupted = {
    message: `the copy was interrupted, and the source keeps its log for it in the replication slot ${record.name}`,
    fix: 'seren-replicator init, with the arguments of before; or, to give it up: seren-replicator sync --stop',
  };
  return { state: 'copying', conflicts: [], attention: isClaimed ? [] : [interrupted] };
}

function judgeState(facts: SyncFacts): Judgement {
  switch (facts.record.state) {
    case 'copying':
      return judgeCopy(facts);
    case 'prepared':
      return judgePrepared(facts);
    case 'following':
      return judgeFollower(facts);
  }
}

function judgePrepared({ record: { name } }: SyncFacts): Judgement {
  const waiting = {
    message: `the way back ${name} is prepared, and begins when the cutover away from this database is done`,
    fix: 'seren-replicator cutover, as it was begun; or, to take it back: seren-replicator sync that way round',
  };
  return { state: 'waiting', conflicts: [], attention: [waiting] };
}

function judgeFollower(facts: SyncFacts): Judgement {
  const { record, lag, watch, targetVersionNum, next } = facts;
  if (record.method === 'stream') return judgeStream(record, lag);
  return judgeSubscription({ name: record.name, versionNum: targetVersionNum, watch, lag, next });
}
