/**
 * Copies a part's large objects: chunks of their contents travel as rows into a temporary table of the target, from
 * which the server writes them, so that their bytes are never parsed here and no object costs a round trip.
 */
import type { RateLimit } from '../copy/rate-limit.ts';
import { relayRows } from '../copy/relay-rows.ts';
import type { Session } from '../session/session.ts';
import { CHUNK_BYTES, chunkQuery } from './chunk-query.ts';
import { isPiece, type LargeObjectPart } from './plan-object-parts.ts';
import { writeEmptyObjects } from './write-empty-objects.ts';

export interface CopyObjectsInput {
  part: LargeObjectPart;
  /** In a transaction that has joined the snapshot. */
  source: Session;
  /** Idle. */
  target: Session;
  onBytes: (bytes: number) => void;
  rate: RateLimit;
  signal: AbortSignal;
}

/** A chunk of zeros within an object need not be written: a hole reads as zeros. */
const ZEROS = `pg_catalog.decode(pg_catalog.repeat('00', ${CHUNK_BYTES}), 'hex')`;
const STAGE = 'pg_temp.large_object_chunk';

/**
 * Copies whole objects in one transaction of the target, after which the part's range of oids holds what it holds at
 * the source, whatever it held before. Of a part that is a piece of one object it copies that piece; the object must
 * be there and empty, or hold what an earlier copy of the same piece wrote.
 *
 * @throws ReplicatorError what a server said. After a failure neither session may be used again.
 */
export async function copyObjects({
  part,
  source,
  target,
  onBytes,
  rate,
  signal,
}: CopyObjectsInput): Promise<void> {
  await relayRows({
    source,
    target,
    copyToSql: copyToSql(part),
    copyFromSql: copyFromSql(part),
    label: 'large objects',
    onBytes,
    rate,
    signal,
  });
}

function copyToSql(part: LargeObjectPart): string {
  return `COPY (SELECT oid, start, data FROM (${chunkQuery(part)} OFFSET 0) AS chunk
                WHERE data <> ${ZEROS} OR start + ${CHUNK_BYTES} >= size) TO STDOUT (FORMAT binary)`;
}

function copyFromSql(part: LargeObjectPart): string {
  return [
    'BEGIN',
    `CREATE TEMPORARY TABLE large_object_chunk (oid oid, start int8, data bytea) ON COMMIT DROP`,
    // Compressing what is read once, a moment later, is wasted.
    `ALTER TABLE ${STAGE} ALTER data SET STORAGE EXTERNAL`,
    `COPY ${STAGE} FROM STDIN (FORMAT binary)`,
    ...(isPiece(part) ? [] : writeEmptyObjects(part, `SELECT DISTINCT oid FROM ${STAGE}`)),
    `SELECT pg_catalog.count(pg_catalog.lo_put(oid, start, data)) FROM ${STAGE} WHERE data <> ''`,
    'COMMIT',
  ].join(';\n');
}
