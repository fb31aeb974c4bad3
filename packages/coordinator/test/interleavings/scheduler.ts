/**
 * Time and order of a simulation. Every actor waits for its turn before each thing that it does to the world, and the
 * scheduler picks whose turn it is; when nobody can go on, time does. With the same seed all of it is the same.
 */
import type { Random } from './random.ts';

interface Waiting {
  atMs: number;
  go: () => void;
}

export class Scheduler {
  nowMs = 0;
  readonly #random: Random;
  readonly #waiting: Waiting[] = [];
  readonly #actors = new Set<Promise<void>>();

  constructor(random: Random) {
    this.#random = random;
  }

  get now(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.nowMs);
  }

  /** Starts an actor, which runs until it returns. */
  run(actor: () => Promise<void>): void {
    const running: Promise<void> = actor().finally(() => this.#actors.delete(running));
    this.#actors.add(running);
  }

  /** Resolves when it is the caller's turn, at the earliest after this time. */
  turn(delayMs = 0): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ atMs: this.nowMs + delayMs, go: resolve });
    });
  }

  /** Goes on until every actor has returned, or until a time by which all of them should have. */
  async play(untilMs: number): Promise<void> {
    await settle();
    while (this.#actors.size > 0 && this.nowMs <= untilMs) {
      const ready = this.#waiting.filter(({ atMs }) => atMs <= this.nowMs);
      const [first, ...others] = ready;
      if (first === undefined) {
        if (this.#waiting.length === 0) throw new Error('Somebody waits for what never comes.');
        this.nowMs = Math.min(...this.#waiting.map(({ atMs }) => atMs));
        continue;
      }
      const next = this.#random.pick([first, ...others]);
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      next.go();
      await settle();
    }
  }
}

/** Until everybody waits for a turn: what lies between two turns is promises alone. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
