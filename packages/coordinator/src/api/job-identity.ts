/**
 * How a repeated `POST /jobs` finds the job of the first: with an `Idempotency-Key` the job id is derived from owner
 * and key, and the one conditional write that creates a job does the rest. No second record, no transaction.
 */
import type { Secret } from '@seren-replicator/job-models';
import { createHash, createHmac, randomUUID } from 'node:crypto';

export function newJobId(request: { owner: string; idempotencyKey: string | undefined }): string {
  const { owner, idempotencyKey } = request;
  if (idempotencyKey === undefined) return randomUUID();
  const digest = createHash('sha256')
    .update(JSON.stringify(['seren-replicator job id', owner, idempotencyKey]))
    .digest();
  return uuidOf(digest);
}

/**
 * What tells a repeated request from another one under the same key. Keyed with the caller's API key, which is not
 * stored beside it: from a plain digest a weak password could be guessed.
 */
export function digestRequest(request: object, apiKey: Secret): string {
  return createHmac('sha256', apiKey.reveal()).update(JSON.stringify(request)).digest('base64url');
}

/** A UUID of version 8, whose bits are the application's own (RFC 9562, 5.8). */
function uuidOf(digest: Buffer): string {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

const JOB_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isJobId(text: string): boolean {
  return JOB_ID.test(text);
}
