import type { Session } from '../session/session.ts';
import { chunkQuery } from './chunk-query.ts';
import { CHUNK_HASH } from './compare-object-parts.ts';
import type { LargeObjectPart } from './plan-object-parts.ts';

/**
 * The lowest oids of objects that differ, or that only one side has, in parts that are known to differ.
 *
 * @param limit how many at most
 */
export async function findDifferingOids(
  { source, target }: { source: Session; target: Session },
  differing: readonly LargeObjectPart[],
  limit: number,
): Promise<number[]> {
  const found = new Set<number>();
  for (const part of differing) {
    // However many objects only the target has: among so many of its first there are enough that differ.
    const rows = part.objects + limit;
    const [onSource, onTarget] = await Promise.all([
      readHashes(source, part, rows),
      readHashes(target, part, rows),
    ]);
    const oids = [...new Set([...onSource.keys(), ...onTarget.keys()])].sort((a, b) => a - b);
    for (const oid of oids) if (onSource.get(oid) !== onTarget.get(oid)) found.add(oid);
    if (found.size >= limit) break;
  }
  return [...found].slice(0, limit);
}

async function readHashes(
  session: Session,
  part: LargeObjectPart,
  limit: number,
): Promise<Map<number, string>> {
  const rows = await session.query<{ oid: string; hash: string }>(
    'read large objects',
    `SELECT oid::int8::text AS oid, pg_catalog.sum(${CHUNK_HASH})::text AS hash
     FROM (${chunkQuery(part)}) AS chunk GROUP BY oid ORDER BY chunk.oid LIMIT ${limit}`,
  );
  return new Map(rows.map(({ oid, hash }) => [Number(oid), hash]));
}
