/**
 * Tells CopyData messages from all others in a server's byte stream, without copying or gathering anything: every
 * chunk that arrives is cut into runs that are one or the other. Messages may begin and end anywhere in a chunk.
 *
 * A message is a type byte, a 4-byte length that counts itself, and the rest.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
const COPY_DATA = 'd'.charCodeAt(0);
const HEADER_LENGTH = 5;

export interface FrameSink {
  /** Bytes of CopyData messages, headers included: parts of messages, whole ones, several. */
  onCopyData: (bytes: Buffer) => void;
  /** Bytes of other messages, likewise. */
  onOther: (bytes: Buffer) => void;
}

export class FrameSplitter {
  readonly #sink: FrameSink;
  #isCopyData = false;
  /** How much of the present message's header has been seen; HEADER_LENGTH while inside its body. */
  #headerSeen = 0;
  /** The length as far as it has been read; after the header, what is left of the body. */
  #length = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether the last bytes ended within a CopyData message. */
  get isWithinCopyData(): boolean {
    return this.#isCopyData && this.#headerSeen > 0;
  }

  push(chunk: Buffer): void {
    let runStart = 0;
    let runIsCopyData = this.#isCopyData;
    let position = 0;
    while (position < chunk.length) {
      if (this.#headerSeen === 0) {
        const isCopyData = chunk[position] === COPY_DATA;
        if (isCopyData !== runIsCopyData) {
          this.#emit(chunk.subarray(runStart, position), runIsCopyData);
          runStart = position;
          runIsCopyData = isCopyData;
        }
      }
      position = this.#advance(chunk, position);
    }
    this.#emit(chunk.subarray(runStart), runIsCopyData);
  }

  /** Reads on within the present message, at most to its end. */
  #advance(chunk: Buffer, start: number): number {
    let position = start;
    if (this.#headerSeen === 0) {
      this.#isCopyData = chunk[position] === COPY_DATA;
      this.#length = 0;
      this.#headerSeen = 1;
      position += 1;
    }
    if (this.#headerSeen === 1 && chunk.length - position >= HEADER_LENGTH - 1) {
      this.#length = chunk.readUInt32BE(position);
      this.#headerSeen = HEADER_LENGTH;
      position += HEADER_LENGTH - 1;
      this.#length -= HEADER_LENGTH - 1;
    }
    while (this.#headerSeen < HEADER_LENGTH && position < chunk.length) {
      this.#length = this.#length * 256 + (chunk[position] ?? 0);
      this.#headerSeen += 1;
      position += 1;
      if (this.#headerSeen === HEADER_LENGTH) this.#length -= HEADER_LENGTH - 1;
    }
    if (this.#headerSeen < HEADER_LENGTH) return position;
    const taken = Math.min(this.#length, chunk.length - position);
    this.#length -= taken;
    if (this.#length === 0) this.#headerSeen = 0;
    return position + taken;
  }

  #emit(bytes: Buffer, isCopyData: boolean): void {
    if (bytes.length === 0) return;
    if (isCopyData) this.#sink.onCopyData(bytes);
    else this.#sink.onOther(bytes);
  }
}
