import type * as z from 'zod';
import { InvalidRequestError } from './answer-error.ts';

/** Where the next page begins, as text that callers pass back and do not read. It names no owner: the key does. */
export function formatCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

export function parseCursor<Schema extends z.ZodType>(schema: Schema, cursor: string): z.infer<Schema> {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw invalidCursor();
  }
}

export function invalidCursor(): InvalidRequestError {
  const message = 'This is not a cursor of an earlier answer.';
  return new InvalidRequestError(message, [{ path: 'cursor', message }]);
}
