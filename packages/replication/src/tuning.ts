import type { RelayKind } from './copy/relay-rows.ts';

/**
 * How a copy is made fast, each part of it on its own switch: benchmarks measure what each is worth, and tests make
 * small data behave like large data. Users have no need of them.
 */
export interface Tuning {
  relay: RelayKind;
  /** Tables are split into parts of at least this size; null: never. */
  minPartBytes: number | null;
  /** Rows are stored frozen where their table was emptied in the same transaction. */
  freeze: boolean;
  /** How often a lane on which nothing moves is looked after. */
  silenceCheckMs: number;
}

export const DEFAULT_TUNING: Tuning = {
  relay: 'frames',
  // Smaller parts would cost more in statements than they gain in evenness.
  minPartBytes: 32 * 1024 * 1024,
  freeze: true,
  silenceCheckMs: 30_000,
};
