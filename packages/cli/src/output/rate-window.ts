/** Long enough to smooth over single large rows, short enough to show what happens now. */
const WINDOW_MS = 10_000;

interface Sample {
  atMs: number;
  bytes: number;
}

/** Bytes a second over the last few seconds. */
export class RateWindow {
  #samples: Sample[] = [];

  add(atMs: number, bytes: number): void {
    const last = this.#samples.at(-1);
    // A next attempt starts over: what it has copied says nothing about the one before.
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ atMs, bytes });
    const oldest = this.#samples.findLastIndex((sample) => sample.atMs <= atMs - WINDOW_MS);
    if (oldest > 0) this.#samples.splice(0, oldest);
  }

  /** Null until there are two samples to compare. */
  bytesPerSecond(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }
}
