import type { TableComparison } from '@seren-replicator/job-models';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import { compareObjectParts } from './compare-object-parts.ts';
import { findDifferingOids } from './find-differing-oids.ts';
import { LargeObjectWork } from './large-object-work.ts';
import type { LargeObjectPart } from './plan-object-parts.ts';

export interface CompareLargeObjectsInput {
  database: string;
  /** Those of the source. */
  parts: readonly LargeObjectPart[];
  lanes: Lanes;
  progress: ProgressTracker;
  repeat: RepeatDeps;
}

const MAX_NAMED = 5;

/** Compares the large objects of a database as if they were one table. @returns nothing where neither side has any */
export async function compareLargeObjects(input: CompareLargeObjectsInput): Promise<TableComparison[]> {
  const { database, parts, lanes, progress, repeat } = input;
  const work = new LargeObjectWork(progress, 'verify', parts);
  const { sourceObjects, targetObjects, differing } = await compareObjectParts({
    parts,
    lanes,
    work,
    repeat,
  });
  if (sourceObjects === 0 && targetObjects === 0) return [];
  const [lane] = lanes;
  const oids = await repeatOnLane(repeat, lane, () => findDifferingOids(lane, differing, MAX_NAMED));
  const counts =
    sourceObjects === targetObjects ? '' : `${sourceObjects} on the source, ${targetObjects} on the target; `;
  return [
    {
      database,
      table: 'large objects',
      source_rows: sourceObjects,
      target_rows: targetObjects,
      equal: differing.length === 0,
      difference: differing.length === 0 ? null : `${counts}the first that differ: ${oids.join(', ')}`,
    },
  ];
}
