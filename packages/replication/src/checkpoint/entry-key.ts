import { createHash } from 'node:crypto';
import type { ArchiveEntry } from '../schema/archive.ts';

/** Knows an entry of one dump again in a later one, as long as it says the same. */
export function keyOf({ kind, namespace, tag, definition }: ArchiveEntry): string {
  const digest = createHash('sha256').update(definition).digest('base64url').slice(0, 22);
  return `${kind} ${namespace ?? ''}.${tag} ${digest}`;
}
