/** What the steps of a cutover take, give or take what servers and networks really are. */
import { ASSUMED_BYTES_PER_SECOND } from '../estimate/copy-seconds.ts';

/** A statement or two on either side. */
export const MOMENT_SECONDS = 0.2;
/** Counting reads, and nothing else. */
const COUNTS_ARE_FASTER_BY = 4;

/** @param seconds what it is behind, as it was measured */
export function drainSeconds({ seconds, bytes }: { seconds: number | null; bytes: number | null }): number {
  return MOMENT_SECONDS + (seconds ?? (bytes ?? 0) / ASSUMED_BYTES_PER_SECOND);
}

/** Both servers read at the same time. */
export function verifySeconds(bytes: number, method: 'full' | 'counts' | 'none'): number {
  if (method === 'none') return 0;
  const seconds = bytes / ASSUMED_BYTES_PER_SECOND;
  return MOMENT_SECONDS + (method === 'counts' ? seconds / COUNTS_ARE_FASTER_BY : seconds);
}

/** @param bytes of the views as they are; what they read is not known */
export function refreshSeconds(bytes: number): number {
  return MOMENT_SECONDS + bytes / ASSUMED_BYTES_PER_SECOND;
}
