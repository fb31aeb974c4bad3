/**
 * The large objects of a database in parts of bounded size: many small objects together, a big one in several parts.
 * The parts cover every oid that there can be, so that an object that only the target has falls into one of them too.
 * Sizes are asked of the objects themselves (their last page), which needs no more than SELECT on them:
 * pg_largeobject, where the contents are, is closed to ordinary roles.
 *
 * https://www.postgresql.org/docs/current/lo-funcs.html
 */
import type { Session } from '../session/session.ts';
import { CHUNK_BYTES, SIZED_OBJECTS } from './chunk-query.ts';

export interface LargeObjectPart {
  /** Oids: from the first after this one … */
  after: number;
  /** … to this one. */
  upTo: number;
  /** Which bytes of each of them: from here … */
  start: number;
  /** … to before this one, or to the end. Not null only where the part is of a single object. */
  end: number | null;
  objects: number;
  bytes: number;
}

const MAX_OID = 4_294_967_295;
const OBJECTS_PER_PART = 500;
/** What a part keeps on the target's disk until it is done, and what is lost when it has to be repeated. */
const PART_BYTES = 128 * CHUNK_BYTES;

/** @param session sees the objects that are to be copied or compared */
export async function planObjectParts(session: Session): Promise<LargeObjectPart[]> {
  const groups = await session.query<{ upto: string; objects: string; bytes: string }>(
    'list large objects',
    // A group holds small objects that follow each other, or one big object.
    `WITH ranked AS (
       SELECT oid, size, size > ${PART_BYTES} AS is_big,
              pg_catalog.count(*) FILTER (WHERE size > ${PART_BYTES}) OVER (ORDER BY oid) AS run
       FROM (${SIZED_OBJECTS}) AS sized),
     placed AS (
       SELECT *, pg_catalog.row_number() OVER neighbours AS place,
              pg_catalog.sum(size) OVER neighbours - size AS bytes_before
       FROM ranked WINDOW neighbours AS (PARTITION BY run, is_big ORDER BY oid))
     SELECT pg_catalog.max(oid)::int8::text AS upto, pg_catalog.count(*)::text AS objects,
            pg_catalog.sum(size)::text AS bytes
     FROM placed
     GROUP BY run, is_big, (place - 1) / ${OBJECTS_PER_PART}, pg_catalog.div(bytes_before, ${PART_BYTES})
     ORDER BY pg_catalog.max(oid)`,
  );
  let after = 0;
  const parts: LargeObjectPart[] = [];
  for (const group of groups) {
    const [upTo, objects, bytes] = [Number(group.upto), Number(group.objects), Number(group.bytes)];
    if (bytes > PART_BYTES && objects === 1) {
      // What precedes a big object is nobody's on the source.
      if (upTo > after + 1) parts.push(wholeObjects({ after, upTo: upTo - 1, objects: 0, bytes: 0 }));
      parts.push(...splitObject(upTo, bytes));
    } else {
      parts.push(wholeObjects({ after, upTo, objects, bytes }));
    }
    after = upTo;
  }
  if (after < MAX_OID) parts.push(wholeObjects({ after, upTo: MAX_OID, objects: 0, bytes: 0 }));
  return parts;
}

function wholeObjects(group: Pick<LargeObjectPart, 'after' | 'upTo' | 'objects' | 'bytes'>): LargeObjectPart {
  return { ...group, start: 0, end: null };
}

/** The last part goes to the end, wherever that is: the other side's object may be longer. */
function splitObject(oid: number, size: number): LargeObjectPart[] {
  return Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, index) => {
    const start = index * PART_BYTES;
    const isLast = start + PART_BYTES >= size;
    return {
      after: oid - 1,
      upTo: oid,
      start,
      end: isLast ? null : start + PART_BYTES,
      objects: index === 0 ? 1 : 0,
      bytes: Math.min(PART_BYTES, size - start),
    };
  });
}

/** Whether a part is one of several of a single object. */
export function isPiece({ start, end }: LargeObjectPart): boolean {
  return start > 0 || end !== null;
}
