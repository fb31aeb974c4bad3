import type { LockMode } from './run-tasks.ts';

/** Who holds what: one exclusively, or any number together. */
export class HeldLocks {
  /** Holders of each name; an exclusive one counts as infinitely many. */
  readonly #holders = new Map<string, number>();

  areFree(wanted: ReadonlyMap<string, LockMode>): boolean {
    for (const [name, mode] of wanted) {
      const holders = this.#holders.get(name) ?? 0;
      if (mode === 'exclusive' ? holders > 0 : holders === Infinity) return false;
    }
    return true;
  }

  take(wanted: ReadonlyMap<string, LockMode>): void {
    for (const [name, mode] of wanted) {
      this.#holders.set(name, mode === 'exclusive' ? Infinity : (this.#holders.get(name) ?? 0) + 1);
    }
  }

  release(held: ReadonlyMap<string, LockMode>): void {
    for (const [name, mode] of held) {
      const left = mode === 'exclusive' ? 0 : (this.#holders.get(name) ?? 0) - 1;
      if (left <= 0) this.#holders.delete(name);
      else this.#holders.set(name, left);
    }
  }
}
