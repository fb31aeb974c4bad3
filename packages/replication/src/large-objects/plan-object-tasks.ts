/** The large objects' share of a copy's queue: parts that any lane can take, as those of tables. */
import type { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Task } from '../schedule/run-tasks.ts';
import type { Lane } from '../snapshot/lane.ts';
import type { RateLimit } from '../copy/rate-limit.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import { copyObjects } from './copy-objects.ts';
import { LargeObjectWork } from './large-object-work.ts';
import { isPiece, type LargeObjectPart } from './plan-object-parts.ts';
import { writeEmptyObjects } from './write-empty-objects.ts';

export interface PlanObjectTasksInput {
  parts: readonly LargeObjectPart[];
  progress: ProgressTracker;
  repeat: RepeatDeps;
  /** Shared by all lanes. */
  rate: RateLimit;
}

export function planObjectTasks(input: PlanObjectTasksInput): Task<Lane>[] {
  const { parts, progress, repeat } = input;
  const work = new LargeObjectWork(progress, 'copy', parts);
  const firstPieces = parts.filter((part) => isPiece(part) && part.start === 0);
  return [
    ...firstPieces.map((part) => planPreparation(part, repeat)),
    ...parts.map((part) => planPart(part, work, input)),
  ];
}

/** An object that is copied in pieces has to be there before any of them. */
function planPreparation(part: LargeObjectPart, repeat: RepeatDeps): Task<Lane> {
  const wanted = `SELECT ${part.upTo}::oid`;
  return {
    id: preparationId(part),
    weight: 0,
    waitsFor: new Set(),
    locks: new Map(),
    run: (lane) =>
      repeatOnLane(repeat, lane, () =>
        lane.target.execute('create a large object', writeEmptyObjects(part, wanted).join(';\n')),
      ),
  };
}

function planPart(
  part: LargeObjectPart,
  work: LargeObjectWork,
  { repeat, rate }: PlanObjectTasksInput,
): Task<Lane> {
  return {
    id: `large objects ${part.upTo} from ${part.start}`,
    weight: part.bytes,
    waitsFor: new Set(isPiece(part) ? [preparationId(part)] : []),
    locks: new Map(),
    run: (lane) =>
      repeatOnLane(repeat, lane, async () => {
        work.begin();
        await copyObjects({
          part,
          source: lane.source,
          target: lane.target,
          onBytes: (bytes) => work.addBytes(bytes),
          rate,
          signal: repeat.deps.signal,
        });
        work.finishPart();
      }),
  };
}

function preparationId({ upTo }: LargeObjectPart): string {
  return `large object ${upTo}`;
}
