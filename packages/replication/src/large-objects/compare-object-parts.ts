/**
 * Equality of large objects without moving them: each server hashes every chunk of a part and adds the hashes up. A
 * chunk is hashed together with its place, since a sum does not know order. Holes read as zeros on both sides,
 * wherever they are stored.
 */
import { runTasks, type Task } from '../schedule/run-tasks.ts';
import type { Session } from '../session/session.ts';
import type { Lane } from '../snapshot/lane.ts';
import { repeatOnLane, type RepeatDeps } from '../snapshot/repeat-on-lane.ts';
import { chunkQuery } from './chunk-query.ts';
import type { LargeObjectWork } from './large-object-work.ts';
import type { LargeObjectPart } from './plan-object-parts.ts';

export interface CompareObjectPartsInput {
  parts: readonly LargeObjectPart[];
  lanes: readonly Lane[];
  work: LargeObjectWork;
  repeat: RepeatDeps;
}

export interface ComparedParts {
  sourceObjects: number;
  targetObjects: number;
  /** In the order of `parts`. */
  differing: LargeObjectPart[];
}

interface Digest {
  objects: number;
  /** Sum of the chunks' 64-bit hashes, as decimal text. */
  hash: string;
}

/** Compares all parts, several at a time. Both sides of a part are hashed at the same time. */
export async function compareObjectParts(input: CompareObjectPartsInput): Promise<ComparedParts> {
  const { parts, lanes, work, repeat } = input;
  let [sourceObjects, targetObjects] = [0, 0];
  const differing = new Set<LargeObjectPart>();
  const tasks = parts.map<Task<Lane>>((part, index) => ({
    id: String(index),
    weight: part.bytes,
    waitsFor: new Set(),
    locks: new Map(),
    run: async (lane) => {
      work.begin();
      const [onSource, onTarget] = await repeatOnLane(repeat, lane, () =>
        Promise.all([readDigest(lane.source, part), readDigest(lane.target, part)]),
      );
      if (onSource.objects !== onTarget.objects || onSource.hash !== onTarget.hash) differing.add(part);
      sourceObjects += onSource.objects;
      targetObjects += onTarget.objects;
      work.addBytes(part.bytes);
      work.finishPart();
    },
  }));
  await runTasks(lanes, tasks);
  return { sourceObjects, targetObjects, differing: parts.filter((part) => differing.has(part)) };
}

/** SQL for the hash of a chunk of an object. */
export const CHUNK_HASH = `('x' || pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(
    pg_catalog.int8send(oid::int8) || pg_catalog.int8send(start) || data), 1, 8), 'hex'))::bit(64)::int8`;

async function readDigest(session: Session, part: LargeObjectPart): Promise<Digest> {
  const row = await session.queryOne<{ objects: string; hash: string }>(
    'read large objects',
    `SELECT pg_catalog.count(*) FILTER (WHERE start = 0)::text AS objects,
            coalesce(pg_catalog.sum(${CHUNK_HASH}), 0)::text AS hash
     FROM (${chunkQuery(part)}) AS chunk`,
  );
  return { objects: Number(row.objects), hash: row.hash };
}
