import type { RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import { compareObjectParts } from './compare-object-parts.ts';
import { LargeObjectWork } from './large-object-work.ts';
import { isPiece, type LargeObjectPart } from './plan-object-parts.ts';

export interface ChooseObjectPartsDeps {
  lanes: Lanes;
  progress: ProgressTracker;
  repeat: RepeatDeps;
}

/**
 * The parts that have to be copied. The target is empty when a copy begins: what is there was copied by a run that
 * was interrupted, and stays where it equals the source. Of an object in pieces all are copied or none.
 */
export async function chooseObjectParts(
  parts: readonly LargeObjectPart[],
  { lanes, progress, repeat }: ChooseObjectPartsDeps,
): Promise<LargeObjectPart[]> {
  const { has_any } = await lanes[0].target.queryOne<{ has_any: boolean }>(
    'look for large objects',
    'SELECT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata) AS has_any',
  );
  if (!has_any) return parts.filter(({ bytes, objects }) => objects > 0 || bytes > 0);
  const work = new LargeObjectWork(progress, 'compare', parts);
  const { differing } = await compareObjectParts({ parts, lanes, work, repeat });
  const differingObjects = new Set(differing.filter(isPiece).map(({ upTo }) => upTo));
  const whole = new Set(differing);
  return parts.filter((part) => whole.has(part) || (isPiece(part) && differingObjects.has(part.upTo)));
}
