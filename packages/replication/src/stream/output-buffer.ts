/** Gathers small messages into large writes; values that are large themselves go to the socket from where they are. */
import type { Writable } from 'node:stream';

const SIZE = 64 * 1024;
const MAX_COPIED = 16 * 1024;
/** Below, a loop is faster than a call. */
const MAX_LOOPED = 48;

export class OutputBuffer {
  readonly #socket: Writable;
  #buffer = Buffer.allocUnsafe(SIZE);
  #used = 0;

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#used] = value;
    this.#used += 1;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#used = this.#buffer.writeUInt16BE(value, this.#used);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#used = this.#buffer.writeInt32BE(value, this.#used);
  }

  bytes(source: Buffer, start = 0, end = source.length): void {
    const length = end - start;
    if (length > MAX_COPIED) {
      this.flush();
      this.#socket.write(source.subarray(start, end));
      return;
    }
    this.#reserve(length);
    if (length > MAX_LOOPED) source.copy(this.#buffer, this.#used, start, end);
    else {
      const buffer = this.#buffer;
      for (let from = start, to = this.#used; from < end; from += 1, to += 1) buffer[to] = source[from] ?? 0;
    }
    this.#used += length;
  }

  flush(): void {
    if (this.#used === 0) return;
    this.#socket.write(this.#buffer.subarray(0, this.#used));
    // What is written goes on being read by the socket: the rest of the buffer is free, its beginning is not.
    this.#buffer = this.#buffer.subarray(this.#used);
    this.#used = 0;
    if (this.#buffer.length < MAX_COPIED) this.#buffer = Buffer.allocUnsafe(SIZE);
  }

  #reserve(length: number): void {
    if (this.#used + length <= this.#buffer.length) return;
    this.flush();
    if (this.#buffer.length < length) this.#buffer = Buffer.allocUnsafe(SIZE);
  }
}
