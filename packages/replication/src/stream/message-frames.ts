/**
 * Cuts a server's byte stream into messages: a type byte, a 4-byte length that counts itself, and the rest. A message
 * that is whole in the chunk in which it arrived is left there; one that goes on in the next chunks is gathered once,
 * into as many bytes as it has.
 *
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export const HEADER_LENGTH = 5;

/** `bytes` from `start`, the type byte, to `end`: nobody writes there again. */
export type OnMessage = (bytes: Buffer, start: number, end: number) => void;

export class MessageFrames {
  readonly #onMessage: OnMessage;
  /** The beginning of a message that is not complete, and how much of it there is. */
  #partial: Buffer = Buffer.alloc(0);
  #gathered = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  push(chunk: Buffer): void {
    let position = this.#gathered === 0 ? 0 : this.#complete(chunk);
    while (chunk.length - position >= HEADER_LENGTH) {
      const end = position + 1 + chunk.readUInt32BE(position + 1);
      if (end > chunk.length) break;
      this.#onMessage(chunk, position, end);
      position = end;
    }
    if (position < chunk.length) this.#keep(chunk, position);
  }

  /** @returns where the next message begins in the chunk */
  #complete(chunk: Buffer): number {
    let position = 0;
    if (this.#gathered < HEADER_LENGTH) {
      position = this.#gather(chunk, position, HEADER_LENGTH);
      if (this.#gathered < HEADER_LENGTH) return position;
      this.#makeRoom();
    }
    position = this.#gather(chunk, position, this.#partial.length);
    if (this.#gathered < this.#partial.length) return position;
    const message = this.#partial;
    this.#partial = Buffer.alloc(0);
    this.#gathered = 0;
    this.#onMessage(message, 0, message.length);
    return position;
  }

  #keep(chunk: Buffer, position: number): void {
    if (this.#gathered > 0) return;
    this.#partial = Buffer.allocUnsafe(HEADER_LENGTH);
    const rest = this.#gather(chunk, position, HEADER_LENGTH);
    if (this.#gathered < HEADER_LENGTH) return;
    this.#makeRoom();
    this.#gather(chunk, rest, this.#partial.length);
  }

  #makeRoom(): void {
    const whole = Buffer.allocUnsafe(1 + this.#partial.readUInt32BE(1));
    this.#partial.copy(whole, 0, 0, HEADER_LENGTH);
    this.#partial = whole;
  }

  #gather(chunk: Buffer, position: number, wanted: number): number {
    const taken = chunk.copy(this.#partial, this.#gathered, position, position + wanted - this.#gathered);
    this.#gathered += taken;
    return position + taken;
  }
}
