/** What the steps of a cutover share, and what a step is. */
import type { CutoverResult, DatabaseStatus, JobOptions, Verification } from '@seren-replicator/job-models';
import type { Sequence } from '../catalog/read-sequences.ts';
import type { EngineDeps } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import type { Servers } from '../session/server.ts';
import type { Session } from '../session/session.ts';
import type { SyncRecord } from '../sync/sync-record.ts';

/** One database that is cut over. */
export interface CutoverDatabase {
  readonly scope: DatabaseScope;
  /** Null in a dry run, which holds nothing. */
  readonly claim: Session | null;
  /** With the note of how far its cutover has come, as it stands on the target. */
  record: SyncRecord;
  /** As the preflight found it; null before. */
  status: DatabaseStatus | null;
  /** Of the target, before they were set; null while they are as they were. */
  sequencesBefore: readonly Sequence[] | null;
  /** Labels of the target's sequences that were past the source's already. */
  sequencesAhead: ReadonlySet<string>;
  /** How the old source follows the new one, once it is set up. */
  reverse: SyncRecord | null;
}

/** What is needed to take the cutover of a database back, also one that an earlier run has left behind. */
export interface UndoInput {
  /** Under a signal of their own, since the run's may be aborted. */
  servers: Servers;
  deps: EngineDeps;
  record: SyncRecord;
  sequencesBefore: readonly Sequence[] | null;
}

export interface CutoverContext {
  readonly deps: EngineDeps;
  readonly options: JobOptions;
  readonly progress: ProgressTracker;
  /** Those that are still to be cut over. */
  readonly databases: readonly CutoverDatabase[];
  /** Those of which an earlier run has passed the point of no return: there is only something left to take away. */
  readonly handedOver: readonly CutoverDatabase[];
  /** When writing became impossible, in an earlier run too, or the last position was taken; of performance.now(). */
  pausedAt: number | null;
  /** Set when something was taken away that cannot be given back. */
  isPastReturn: boolean;
  verification: Verification | null;
}

/** What an earlier run has locked stays so, whatever this one was told: somebody may count on it. */
export function isToBeLocked(
  { options }: Pick<CutoverContext, 'options'>,
  { record }: CutoverDatabase,
): boolean {
  return options.lock_source || record.cutover?.lock != null;
}

export interface Expectation {
  seconds: number;
  detail: string;
}

export interface CutoverStep {
  /** As shown to users and in the result. */
  name: string;
  /** Left out: always. */
  isWanted?: (context: CutoverContext) => boolean;
  /** What it would do and take; asked after the preflight. */
  expect: (context: CutoverContext) => Promise<Expectation>;
  /** @returns what was done, in words */
  run: (context: CutoverContext) => Promise<string>;
  /**
   * Takes back what the step did to a database, whichever run did it; to be called whether or not the step was run.
   *
   * @returns the record without it; null when there was nothing to take back
   */
  undo?: (input: UndoInput) => Promise<SyncRecord | null>;
}

export type MeasuredStep = CutoverResult['steps'][number];
