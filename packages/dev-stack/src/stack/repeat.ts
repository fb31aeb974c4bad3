import { setTimeout as sleep } from 'node:timers/promises';

export interface Repetition {
  /** Runs the next round now, or right after the one that is running. */
  wake: () => void;
  /** Starts no further round, and waits for the one that is running. */
  stop: () => Promise<void>;
}

/** Runs rounds one after the other, `intervalMs` apart or when woken. A round must not reject. */
export function repeat(round: () => Promise<void>, intervalMs: number): Repetition {
  let isStopped = false;
  let pause = new AbortController();
  const run = async (): Promise<void> => {
    while (!isStopped) {
      const { signal } = (pause = new AbortController());
      await round();
      // Woken while the round ran: what there is to do may have come after it looked.
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    }
  };
  const running = run();
  return {
    wake: () => pause.abort(),
    stop: async () => {
      isStopped = true;
      pause.abort();
      await running;
    },
  };
}
