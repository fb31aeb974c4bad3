import type { SkippedObject } from '@seren-replicator/job-models';
import { attemptStatements } from '../restore/attempt-statements.ts';
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { RestoreOptions } from '../schema/restore-statements.ts';
import type { Lane } from '../snapshot/lane.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import type { Lanes } from '../snapshot/with-lanes.ts';
import { objectPropertyStatements } from './object-property-statements.ts';
import type { LargeObjectPart } from './plan-object-parts.ts';
import { readObjectProperties } from './read-object-properties.ts';

export interface RestoreObjectPropertiesInput {
  parts: readonly LargeObjectPart[];
  lanes: Lanes;
  options: RestoreOptions;
  repeat: RepeatDeps;
}

/** A transaction locks every object that it changes, and the server has room for a few thousand locks. */
const MAX_LANES = 4;

/**
 * Gives large objects that are there their owners, grants, comments and security labels.
 *
 * @returns what the target refused
 */
export async function restoreObjectProperties(input: RestoreObjectPropertiesInput): Promise<SkippedObject[]> {
  const { parts, lanes, options, repeat } = input;
  const { role } = await lanes[0].target.queryOne<{ role: string }>(
    'name its role',
    'SELECT current_user AS role',
  );
  const skipped: SkippedObject[] = [];
  const tasks = parts
    .filter(({ objects }) => objects > 0)
    .map<Task<Lane>>((part) => ({
      id: String(part.upTo),
      weight: part.objects,
      waitsFor: new Set(),
      locks: new Map(),
      run: (lane) =>
        repeatOnLane(repeat, lane, async () => {
          const objects = await readObjectProperties(lane.source, part, role);
          const attempts = objectPropertyStatements(objects, role, options);
          const refusals = await attemptStatements(lane.target, 'set properties of large objects', attempts);
          skipped.push(...refusals.map(({ attempt, reason }) => ({ object: attempt.object, reason })));
        }),
    }));
  await runTasks(lanes.slice(0, MAX_LANES), tasks);
  return skipped;
}
