import { ReplicatorError, type ReadAmount, type Verification } from '@seren-replicator/job-models';
import type { DatabaseComparison } from './compare-database.ts';

/** The comparisons of several databases as one. */
export function summarizeComparisons(
  comparisons: readonly DatabaseComparison[],
  seconds: number,
): Verification {
  return {
    tables: comparisons.flatMap(({ tables }) => tables),
    sequences: comparisons.flatMap(({ sequences }) => sequences),
    large_objects: comparisons.flatMap(({ large_objects }) => large_objects),
    schema: comparisons.flatMap(({ schema }) => schema),
    read: {
      source: sumUp(comparisons.map(({ read }) => read.source)),
      target: sumUp(comparisons.map(({ read }) => read.target)),
    },
    seconds,
  };
}

function sumUp(amounts: readonly ReadAmount[]): ReadAmount {
  return {
    rows: amounts.reduce((sum, { rows }) => sum + rows, 0),
    bytes: Math.round(amounts.reduce((sum, { bytes }) => sum + bytes, 0)),
  };
}

export function hasDifferences(comparison: DatabaseComparison | null): boolean {
  return comparison !== null && failureOf(summarizeComparisons([comparison], 0)) !== null;
}

/** The failure that a verification ends with, or null when everything is equal. */
export function failureOf(verification: Verification): ReplicatorError | null {
  const { tables, sequences, large_objects = [], schema = [] } = verification;
  const different = [
    ...[...tables, ...sequences, ...large_objects]
      .filter(({ equal }) => !equal)
      .map(({ table, difference }) => ({ object: table, difference: difference ?? 'they differ' })),
    ...schema,
  ];
  const [first] = different;
  if (first === undefined) return null;
  const others = different.length === 1 ? '' : ` and ${different.length - 1} more`;
  return new ReplicatorError(
    'contents_differ',
    `Source and target differ in ${first.object}${others}: ${first.difference}. Copy again, or look into who writes to the target.`,
  );
}
