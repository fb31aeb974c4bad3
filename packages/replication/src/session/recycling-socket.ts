import { Socket } from 'node:net';

/** As much as Node.js itself reads at once. */
const BUFFER_BYTES = 64 * 1024;
/** Shorter chunks are copied: whoever keeps one would keep the whole buffer. */
const MIN_CHUNK_BYTES = 16 * 1024;

/**
 * A socket that reads into buffers which its listeners may give back. Node.js takes new ones, and to be rid of them its
 * garbage collector looks through everything after every few hundred of them, while no rows move.
 *
 * https://nodejs.org/api/net.html#socketconnectoptions-connectlistener (onread)
 */
export class RecyclingSocket extends Socket {
  readonly #spare: Buffer[] = [];
  /** By whose memory a listener's chunk is known. Short ones lie in Node.js's own pool, beside much else. */
  readonly #lent = new WeakMap<ArrayBufferLike, Buffer>();

  constructor() {
    super({
      onread: {
        buffer: () => this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES),
        callback: (length, buffer) => this.#receive(buffer as Buffer, length),
      },
    });
  }

  /**
   * Takes back what a listener got and has no more use for. Nobody has to.
   *
   * @param chunk all of it; its bytes may be others from now on
   */
  recycle(chunk: Buffer): void {
    const buffer = this.#lent.get(chunk.buffer);
    if (buffer === undefined) return;
    this.#lent.delete(chunk.buffer);
    this.#spare.push(buffer);
  }

  /** @returns whether to read on */
  #receive(buffer: Buffer, length: number): boolean {
    const chunk = buffer.subarray(0, length);
    if (length >= MIN_CHUNK_BYTES) {
      this.#lent.set(buffer.buffer, buffer);
      return this.push(chunk);
    }
    const mayReadOn = this.push(Buffer.from(chunk));
    this.#spare.push(buffer);
    return mayReadOn;
  }
}
