import type { RelayKind } from './copy/relay-rows.ts';

/**
 * How a copy is made fast, each part of it on its own switch: benchmarks measure what each is worth, and tests make
 * small data behave like large data. Users have no need of them.
 */
export interface Tuning {
  relay: RelayKind;
  /** Tables of which one lane would have too much are split into parts of at least this size; null: never. */
  minPartBytes: number | null;
  /** Keys and foreign keys of tables of at least this size are made in two steps; null: never. */
  minDividedBytes: number | null;
  /** What tables up to this size have of their own is made at once, when their rows are in; null: of none. */
  maxBundledBytes: number | null;
  /** Lanes stay idle where they would only slow down the longest chain of work. */
  sparesLanes: boolean;
  /** Work is shared out among the processors that do it, where they are known, and not among lanes. */
  countsProcessors: boolean;
  /** Indexes may be built by several processes of the target while most lanes have nothing else to do. */
  parallelIndexes: boolean;
  /** Indexes are built in no more memory than stays in a processor's caches, where that costs nothing else. */
  cachedIndexes: boolean;
  /** Tables are analysed, as their copies would otherwise be planned for without statistics. */
  statistics: boolean;
  /** Rows travel in binary form where that is safe and spares the servers work. */
  binaryRows: boolean;
  /** How often a lane on which nothing moves is looked after. */
  silenceCheckMs: number;
  /** How long a server is waited for where somebody else holds a lock, or is before us in the queue for one. */
  lockTimeoutMs: number;
  /** How long whoever holds a claim that is to be used every second may leave it unused, before it is taken for dead. */
  deadAfterMs: number;
  /** How long the target may take to confirm a mark in the source's log, before its lag is not measured. */
  lagDeadlineMs: number;
  /** How long a subscription may take to come up, before it is said that it does not. */
  subscriptionDeadlineMs: number;
}

export const DEFAULT_TUNING: Tuning = {
  relay: 'frames',
  // Smaller parts would cost more in statements than they gain in evenness.
  minPartBytes: 16 * 1024 * 1024,
  // Below, a second round trip costs more than the waiting.
  minDividedBytes: 8 * 1024 * 1024,
  // No more than some hundredths of a second of work.
  maxBundledBytes: 4 * 1024 * 1024,
  sparesLanes: true,
  countsProcessors: true,
  parallelIndexes: true,
  cachedIndexes: true,
  statistics: true,
  binaryRows: true,
  silenceCheckMs: 30_000,
  lockTimeoutMs: 5 * 60_000,
  // By then a run that lives has found out itself that its connection is gone.
  deadAfterMs: 90_000,
  // A subscription that has failed is tried again after 5 s: this is long enough to see that it fails again.
  lagDeadlineMs: 15_000,
  // Long enough for a worker that has failed once, for want of a free place, to be started again.
  subscriptionDeadlineMs: 30_000,
};

/** All of it, where a run was told what differs. */
export function tuningOf({ tuning }: { tuning?: Partial<Tuning> }): Tuning {
  return { ...DEFAULT_TUNING, ...tuning };
}
