/** What a run may move per second, all its lanes together, so that a copy leaves the source or the network to others. */

/** So much may go at once before the first wait: shorter waits than this would only be overhead. */
const BURST_MS = 100;

export class RateLimit {
  readonly #bytesPerSecond: number | null;
  /** When what has been let through so far is paid off; milliseconds on performance.now()'s clock. */
  #paidOffAt = 0;

  /** @param bytesPerSecond null: no limit */
  constructor(bytesPerSecond: number | null) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Takes note of bytes that went through; how long to wait before the next ones, in milliseconds. */
  take(bytes: number, now = performance.now()): number {
    if (this.#bytesPerSecond === null) return 0;
    this.#paidOffAt = Math.max(this.#paidOffAt, now) + (bytes / this.#bytesPerSecond) * 1000;
    return Math.max(0, this.#paidOffAt - now - BURST_MS);
  }
}
