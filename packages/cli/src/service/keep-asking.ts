/**
 * Asks the service again and again until there is nothing more to learn. Once it has answered, no failed try ends
 * that: laptops sleep, networks change, services restart, and jobs go on meanwhile. Only a lasting refusal does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isPassing, type ServiceError } from './service-error.ts';

const FIRST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 3_000;
const INTERVAL_GROWTH = 1.2;
const TROUBLE_INTERVAL_GROWTH = 1.5;
/** While the service does not answer. */
const LONGEST_TROUBLE_INTERVAL_MS = 15_000;
/** Honoured up to here: a service that asks for an hour is not waited for that long. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** What is done after an answer: `again` at once, `later` after a pause that grows. */
export type Next = 'done' | 'again' | 'later';

export interface Asking<Answer> {
  ask: () => Promise<Answer>;
  /** False while nothing shows that service and job are there: then the first failure ends it. */
  isKnown: boolean;
  onAnswer: (answer: Answer) => Next;
  onTrouble: (error: ServiceError) => void;
  onRecovery: () => void;
}

/**
 * @returns the last answer
 * @throws ServiceError on a lasting refusal; an AbortError when the signal is aborted
 */
export async function keepAsking<Answer>(signal: AbortSignal, asking: Asking<Answer>): Promise<Answer> {
  let { isKnown } = asking;
  let intervalMs = FIRST_INTERVAL_MS;
  let isInTrouble = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      const answer = await asking.ask();
      if (isInTrouble) {
        asking.onRecovery();
        intervalMs = FIRST_INTERVAL_MS;
      }
      isInTrouble = false;
      isKnown = true;
      const next = asking.onAnswer(answer);
      if (next === 'done') return answer;
      if (next === 'again') continue;
      intervalMs = Math.min(intervalMs * INTERVAL_GROWTH, LONGEST_INTERVAL_MS);
    } catch (error) {
      if (!isKnown || !isPassing(error)) throw error;
      if (!isInTrouble) asking.onTrouble(error);
      isInTrouble = true;
      intervalMs = Math.min(intervalMs * TROUBLE_INTERVAL_GROWTH, LONGEST_TROUBLE_INTERVAL_MS);
      intervalMs = Math.max(intervalMs, Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
    }
    await sleep(withJitter(intervalMs), undefined, { signal });
  }
}

/** A little later each, so that clients that lost the service together do not come back together. */
function withJitter(intervalMs: number): number {
  return intervalMs * (1 + Math.random() / 4);
}
