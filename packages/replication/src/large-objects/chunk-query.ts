import type { LargeObjectPart } from './plan-object-parts.ts';

/**
 * What is read and written at a time. A multiple of a page (2048 bytes), so that parts of one object never meet in a
 * page; small enough that a hole in an object stays a hole, and memory does not notice.
 */
export const CHUNK_BYTES = 256 * 1024;

/** INV_READ of libpq-fs.h */
const READ = 0x40000;
const FROM_END = 2;

/**
 * SQL for `oid` and `size` in bytes of every large object. Each descriptor is closed at once: hence the CASE, which
 * makes closing wait for the size. OFFSET 0 keeps the planner from moving any of this behind a join.
 */
export const SIZED_OBJECTS = sizedObjects('');

/**
 * SQL for the rows `oid`, `size`, `start`, `data` of a part. Every object has at least one row, if with empty data,
 * in the part that begins with its first byte.
 */
export function chunkQuery({ after, upTo, start, end }: LargeObjectPart): string {
  const limit = end === null ? 'o.size' : `least(o.size, ${end})`;
  const lastByte = start === 0 ? `greatest(${limit} - 1, 0)` : `${limit} - 1`;
  return `SELECT o.oid, o.size, chunk.start, data
          FROM (${sizedObjects(`WHERE o.oid > ${after}::oid AND o.oid <= ${upTo}::oid`)}) AS o
          CROSS JOIN LATERAL pg_catalog.generate_series(${start}::int8, ${lastByte}, ${CHUNK_BYTES}::int8) AS chunk(start)
          CROSS JOIN LATERAL pg_catalog.lo_get(o.oid, chunk.start, ${CHUNK_BYTES}) AS data`;
}

function sizedObjects(where: string): string {
  return `SELECT o.oid, size
          FROM pg_catalog.pg_largeobject_metadata AS o
          CROSS JOIN LATERAL pg_catalog.lo_open(o.oid, ${READ}) AS descriptor
          CROSS JOIN LATERAL pg_catalog.lo_lseek64(descriptor, 0, ${FROM_END}) AS size
          CROSS JOIN LATERAL pg_catalog.lo_close(CASE WHEN size >= 0 THEN descriptor END) AS closed
          ${where} OFFSET 0`;
}
