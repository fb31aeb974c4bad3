import type { JobProgress } from '@seren-replicator/job-models';

/** Long enough to smooth over single large rows, short enough to show what happens now. */
const WINDOW_MS = 10_000;

interface Sample {
  atMs: number;
  bytes: number;
}

/** Bytes a second over the last few seconds of a phase. */
export class RateWindow {
  #samples: Sample[] = [];
  #phase = '';

  add(atMs: number, { phase, bytes_copied: bytes }: Pick<JobProgress, 'phase' | 'bytes_copied'>): void {
    const last = this.#samples.at(-1);
    // Another phase has another pace, and another attempt copies the same bytes again.
    if (phase !== this.#phase || (last !== undefined && bytes < last.bytes)) this.#samples = [];
    this.#phase = phase;
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
