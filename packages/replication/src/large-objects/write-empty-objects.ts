import type { LargeObjectPart } from './plan-object-parts.ts';

/** INV_WRITE of libpq-fs.h */
const WRITE = 0x20000;

/**
 * Statements after which the objects of a range of oids are those that are wanted, each of them empty. Those that
 * are there are kept and truncated, not replaced: unlinking takes a lock for each, and the server has room for a few
 * thousand.
 *
 * https://www.postgresql.org/docs/current/runtime-config-locks.html
 *
 * @param wanted SQL for a set of oids
 */
export function writeEmptyObjects({ after, upTo }: LargeObjectPart, wanted: string): string[] {
  const present = `SELECT oid FROM pg_catalog.pg_largeobject_metadata WHERE oid > ${after}::oid AND oid <= ${upTo}::oid`;
  return [
    `SELECT pg_catalog.count(pg_catalog.lo_unlink(oid)) FROM (${present} EXCEPT ${wanted}) AS stray`,
    `SELECT pg_catalog.count(closed)
     FROM (${present} OFFSET 0) AS object
     CROSS JOIN LATERAL pg_catalog.lo_open(oid, ${WRITE}) AS descriptor
     CROSS JOIN LATERAL pg_catalog.lo_truncate64(descriptor, 0) AS truncated
     CROSS JOIN LATERAL pg_catalog.lo_close(CASE WHEN truncated = 0 THEN descriptor END) AS closed`,
    `SELECT pg_catalog.count(pg_catalog.lo_create(oid)) FROM (${wanted} EXCEPT ${present}) AS missing`,
  ];
}
