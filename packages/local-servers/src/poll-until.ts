import { setTimeout as sleep } from 'node:timers/promises';
import { LocalServerError } from './local-server-error.ts';

const intervalMs = 10;

export interface PollOptions {
  /** Completes "Waited … ms for": what is being waited for. */
  what: string;
  deadlineMs: number;
  signal?: AbortSignal | undefined;
}

/** Asks `check` again and again until it says yes; rejects at the deadline or with the signal's reason. */
export async function pollUntil(check: () => Promise<boolean>, options: PollOptions): Promise<void> {
  const { what, deadlineMs, signal } = options;
  const startedAt = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    if (await check()) return;
    if (performance.now() - startedAt > deadlineMs) {
      throw new LocalServerError('DEADLINE_EXCEEDED', `Waited ${deadlineMs} ms for ${what}.`);
    }
    await sleep(intervalMs);
  }
}
