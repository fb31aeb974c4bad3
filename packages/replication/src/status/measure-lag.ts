/**
 * How far behind the target is, by a round trip: a mark is written into the source's log, and the slot is watched until
 * the target has confirmed a position behind it. All times are of one clock, this process's; confirmed means applied
 * and durable on the target.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareLsn, parseLsn } from '../stream/lsn.ts';
import type { Session } from '../session/session.ts';
import { markLog } from '../sync/wait-for-position.ts';
import { isLost, isRead, readSlot, type Slot } from '../sync/read-slot.ts';

/** A rate is over at least this time, and who has not begun to read within it is not reading. */
const RATE_MS = 1_000;
const POLL_MS = 50;

export interface Lag {
  /** As it was at the end. */
  slot: Slot;
  /** Null when the mark was not confirmed in time. */
  seconds: number | null;
  bytesPerSecond: number | null;
  /** Whether somebody read the slot at any moment of the look. */
  wasRead: boolean;
}

export interface MeasureLagInput {
  source: Session;
  name: string;
  signal: AbortSignal;
  deadlineMs: number;
  /** What it may be behind: for so long, at least, somebody who reads the slot is waited for. */
  maxLagMs: number;
  /** Whether it is worth the wait although nobody reads the slot just now. */
  mayReadAgain: () => boolean;
  /** Says that the mark will not be confirmed, whoever reads. */
  isStuck: () => boolean;
}

/** Null when there is no such slot. */
export async function measureLag(input: MeasureLagInput): Promise<Lag | null> {
  const { source, name, signal, deadlineMs, maxLagMs, mayReadAgain, isStuck } = input;
  const first = await readSlot(source, name);
  if (first === null) return null;
  if (isLost(first)) return { slot: first, seconds: null, bytesPerSecond: null, wasRead: isRead(first) };
  const startedAt = performance.now();
  const mark = await markLog(source);
  let seconds: number | null = null;
  let wasRead = isRead(first);
  for (;;) {
    const slot = await readSlot(source, name);
    if (slot === null) return null;
    const elapsedMs = performance.now() - startedAt;
    wasRead ||= isRead(slot);
    if (seconds === null && slot.confirmed !== null && compareLsn(slot.confirmed, mark) >= 0) {
      seconds = elapsedMs / 1000;
    }
    const isWorthIt = seconds === null && !isLost(slot) && !isStuck() && (wasRead || mayReadAgain());
    const patienceMs = isRead(slot) ? Math.max(deadlineMs, maxLagMs) : deadlineMs;
    if (elapsedMs > (isWorthIt ? patienceMs : Math.min(deadlineMs, RATE_MS))) {
      return { slot, seconds, bytesPerSecond: rateBetween(first, slot, elapsedMs), wasRead };
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function rateBetween(before: Slot, after: Slot, elapsedMs: number): number | null {
  if (before.confirmed === null || after.confirmed === null) return null;
  const bytes = parseLsn(after.confirmed) - parseLsn(before.confirmed);
  return bytes < 0n ? null : Number(bytes) / (elapsedMs / 1000);
}
