import { inspect } from 'node:util';

const MASK = '***';

/**
 * A string that cannot be printed: every implicit way to text (template, JSON, console, inspector) gives `***`.
 * `reveal()` is the one way to the value; call it only where the value enters a socket or a cipher.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
