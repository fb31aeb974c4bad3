import type { ListPosition } from '@seren-replicator/job-store';
import { z } from 'zod';
import { InvalidRequestError } from './answer-error.ts';

const positionSchema = z.tuple([z.iso.datetime(), z.uuid()]);

/** Where the next page begins, as text that callers pass back and do not read. It names no owner: the key does. */
export function formatCursor({ createdAt, jobId }: ListPosition): string {
  return Buffer.from(JSON.stringify([createdAt, jobId])).toString('base64url');
}

export function parseCursor(cursor: string): ListPosition {
  try {
    const [createdAt, jobId] = positionSchema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return { createdAt, jobId };
  } catch {
    const message = 'This is not a cursor of an earlier answer.';
    throw new InvalidRequestError(message, [{ path: 'cursor', message }]);
  }
}
