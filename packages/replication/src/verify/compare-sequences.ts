import type { TableComparison } from '@seren-replicator/job-models';
import type { Sequence } from '../catalog/read-sequences.ts';

/**
 * Compares sequences by name: their value and whether it was handed out. Where the source is still written to and
 * followed, values run ahead until the cutover sets them: then it only matters that the target has them.
 */
export function compareSequences(
  database: string,
  onSource: readonly Sequence[],
  onTarget: readonly Sequence[],
  { areValuesCompared }: { areValuesCompared: boolean },
): TableComparison[] {
  const targetByLabel = new Map(
    onTarget.map((sequence) => [JSON.stringify([sequence.schema, sequence.name]), sequence]),
  );
  return onSource.map((sequence) => {
    const other = targetByLabel.get(JSON.stringify([sequence.schema, sequence.name]));
    const difference = describeDifference(sequence, other, areValuesCompared);
    return {
      database,
      table: sequence.label,
      source_rows: null,
      target_rows: null,
      equal: difference === null,
      difference,
    };
  });
}

function describeDifference(
  source: Sequence,
  target: Sequence | undefined,
  areValuesCompared: boolean,
): string | null {
  if (target === undefined) return 'the sequence is missing on the target';
  if (!areValuesCompared) return null;
  if (source.lastValue === target.lastValue && source.isCalled === target.isCalled) return null;
  return `at ${describe(source)} on the source, at ${describe(target)} on the target`;
}

function describe({ lastValue, isCalled }: Sequence): string {
  return isCalled ? lastValue : `${lastValue} (not yet used)`;
}
