import type { ProgressEntry, ProgressTracker } from '../progress/progress-tracker.ts';
import type { LargeObjectPart } from './plan-object-parts.ts';

/** The catalogue table of contents, of the same oid in every release: no user's table can have it. */
const PG_LARGEOBJECT_OID = 2613;

/** Large objects as one entry of a run's progress, begun with the first of their parts and done with the last. */
export class LargeObjectWork {
  readonly #entry: ProgressEntry;
  readonly #progress: ProgressTracker;
  readonly #phase: string;
  #partsLeft: number;

  constructor(progress: ProgressTracker, phase: string, parts: readonly LargeObjectPart[]) {
    this.#entry = { oid: PG_LARGEOBJECT_OID, label: 'large objects', bytes: bytesOf(parts) };
    this.#progress = progress;
    this.#phase = phase;
    this.#partsLeft = parts.length;
  }

  begin(): void {
    this.#progress.startTable(this.#entry, this.#phase);
  }

  addBytes(bytes: number): void {
    this.#progress.addBytes(this.#entry, bytes);
  }

  finishPart(): void {
    this.#partsLeft -= 1;
    if (this.#partsLeft === 0) this.#progress.finishOther(this.#entry);
  }
}

export function bytesOf(parts: readonly LargeObjectPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function objectsIn(parts: readonly LargeObjectPart[]): number {
  return parts.reduce((sum, { objects }) => sum + objects, 0);
}
