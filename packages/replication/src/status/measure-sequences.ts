import type { DatabaseStatus } from '@seren-replicator/job-models';
import type { Sequence } from '../catalog/read-sequences.ts';
import { labelOf, sqlNameOf } from '../catalog/quote.ts';
import type { Drift } from './drift.ts';

export interface SequenceDistances {
  sequences: DatabaseStatus['sequences'];
  /** Those that the target does not have. */
  drift: Drift[];
}

/**
 * How far the target's sequences are behind the source's, those that are equal left out.
 *
 * @param onSource those of the tables in scope, and those that stand alone
 */
export function measureSequences(
  onSource: readonly Sequence[],
  onTarget: readonly Sequence[],
): SequenceDistances {
  const others = new Map(onTarget.map((sequence) => [labelOf(sequence), sequence]));
  const result: SequenceDistances = { sequences: [], drift: [] };
  for (const sequence of onSource) {
    const other = others.get(labelOf(sequence));
    if (other === undefined) {
      result.drift.push({
        object: `sequence ${sequence.label}`,
        difference: 'is new on the source, and not on the target',
        fix: `CREATE SEQUENCE ${sqlNameOf(sequence)}; /* on the target, with the options that it has on the source */`,
      });
      continue;
    }
    const distance = used(sequence) - used(other);
    if (distance !== 0n) result.sequences.push({ sequence: sequence.label, distance: distance.toString() });
  }
  return result;
}

/** One that was not drawn from yet is one step before its value. */
function used({ lastValue, isCalled }: Sequence): bigint {
  return BigInt(lastValue) - (isCalled ? 0n : 1n);
}
