/**
 * Why a run is aborted before its end. What the worker does next follows from it: `told_to_stop` gives the job back,
 * `cancel_requested` confirms the cancel, `lease_lost` may write nothing any more.
 */
export type StopReason = 'told_to_stop' | 'cancel_requested' | 'lease_lost';

/** One run's stop, by the first reason given; a lost lease overrides any, since it forbids to write. */
export class Stop {
  readonly #controller = new AbortController();
  #reason: StopReason | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get reason(): StopReason | null {
    return this.#reason;
  }

  now(reason: StopReason): void {
    if (this.#reason === null || reason === 'lease_lost') this.#reason = reason;
    this.#controller.abort();
  }
}
