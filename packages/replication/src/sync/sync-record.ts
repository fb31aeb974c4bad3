/**
 * How a database follows its source, kept on the target in a schema of our own for as long as it does: what was made on
 * both sides, and how far the changes are applied. It is written before a slot is created, so that whatever dies, the
 * slot can be found and removed. It outlives the checkpoint of the copy, and goes with `sync --stop` or a cutover.
 */
import type { InitResult, SkippedObject, SyncConflict, SyncMethod } from '@seren-replicator/job-models';
import type { Fingerprint } from '../checkpoint/fingerprint.ts';
import { qualifiedName, type ObjectName } from '../catalog/quote.ts';

/** A table whose changes are followed, as it was when it was copied. */
export interface FollowedTable extends ObjectName {
  columns: readonly { name: string; type: string }[];
}

/** A table of the source that was given REPLICA IDENTITY FULL for the time of the sync. */
export interface MadeFull extends ObjectName {
  /** It was NOTHING before, not DEFAULT. */
  wasNothing: boolean;
}

/** What the copy has brought: for the run that starts to follow, or one after it, to tell. */
export type CopySummary = Pick<InitResult, 'tables' | 'rows' | 'bytes' | 'skipped'> & {
  large_objects: number;
};

/** A database that was made read-only. */
export interface DatabaseLock {
  /** What its own setting was; null for none. */
  before: string | null;
  /** Since when, by its server's clock, as text. */
  since: string;
}

/** How far a cutover has come, for whoever finds it interrupted. */
export interface CutoverNote {
  /** Of the source's database; null while it is as it was. */
  lock: DatabaseLock | null;
  /** On the source's database there may be a record of the way back. */
  isReverseBegun: boolean;
  /** What followed is being taken away: once the slot is gone, there is no way but forward. */
  isPastReturn: boolean;
}

/**
 * `copying`: the slot is there, and the copy from its snapshot is not done. `prepared`: a way back, which begins when a
 * cutover has taken the way there away. `following`: changes are, or can be, applied.
 */
type SyncRecordState = 'copying' | 'prepared' | 'following';

export interface SyncRecord {
  /** Unquoted name of our schema on the target. */
  schema: string;
  /** Of slot, publication and, with that method, subscription. */
  name: string;
  method: SyncMethod;
  /** Why this method, in words. */
  reason: string;
  state: SyncRecordState;
  /** The job that has begun it, as `JobIdentity` has it; null for a run that is of none. */
  job: string | null;
  /** What was asked for, to tell a different request from the same one. */
  fingerprint: Fingerprint;
  tables: readonly FollowedTable[];
  /** Tables in scope that are not followed. */
  leftOut: readonly SkippedObject[];
  madeFull: readonly MadeFull[];
  /** Of the database that is now the target, where a cutover away from it has left it read-only. */
  targetLock: DatabaseLock | null;
  /** Null while it is copying, and for a database that nothing was copied into: the source of before. */
  copied: CopySummary | null;
  /** Position in the source's log at which whoever applies changes is to end; null to go on. */
  stopAt: string | null;
  /** Position up to which the stream is applied: written in the transactions that apply it. `0/0` before the first. */
  applied: string;
  /** What stopped the stream; null when nothing did. */
  conflict: SyncConflict | null;
  /** Null when none was begun. */
  cutover: CutoverNote | null;
}

/** A table of the record's schema, quoted: `run`, `progress`, `conflict`. */
export function syncTable(
  { schema }: Pick<SyncRecord, 'schema'>,
  name: 'run' | 'progress' | 'conflict',
): string {
  return qualifiedName(schema, name);
}
