/** What a server said when it refused something. */
export interface ServerError {
  readonly sqlState: string;
  readonly message: string;
}

const ERROR_RESPONSE = 'E'.charCodeAt(0);
const HEADER_BYTES = 5;
const SQLSTATE_FIELD = 'C';
const MESSAGE_FIELD = 'M';

/**
 * Listens to the server's half of a conversation and keeps its last ErrorResponse: pg_dump passes on the message
 * alone, in the server's language, and what went wrong is told by the SQLSTATE. All other messages are stepped over
 * by their length.
 *
 * https://www.postgresql.org/docs/current/protocol-error-fields.html
 */
export class ServerErrorTap {
  lastError: ServerError | null = null;
  /** The beginning of a header or of an error; empty while a message is stepped over. */
  #held: Buffer = Buffer.alloc(0);
  #bytesToSkip = 0;

  hear(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#bytesToSkip > 0) {
        const skipped = Math.min(this.#bytesToSkip, chunk.length - position);
        this.#bytesToSkip -= skipped;
        position += skipped;
      } else if (this.#held.length > 0) {
        const message = Buffer.concat([this.#held, chunk.subarray(position)]);
        this.#held = Buffer.alloc(0);
        this.hear(message);
        return;
      } else {
        position += this.#hearMessage(chunk, position);
      }
    }
  }

  /** Takes the message that begins at `start`, or what there is of it; says how many bytes it took. */
  #hearMessage(bytes: Buffer, start: number): number {
    const available = bytes.length - start;
    const length = available < HEADER_BYTES ? Infinity : 1 + bytes.readUInt32BE(start + 1);
    const isError = bytes[start] === ERROR_RESPONSE;
    if (length === Infinity || (isError && available < length)) {
      this.#held = bytes.subarray(start);
      return available;
    }
    if (isError) this.lastError = readError(bytes.subarray(start + HEADER_BYTES, start + length));
    this.#bytesToSkip = length;
    return 0;
  }
}

/** Fields: a letter and a zero-terminated text each. */
function readError(body: Buffer): ServerError {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.slice(0, 1), field.slice(1)]),
  );
  return { sqlState: fields.get(SQLSTATE_FIELD) ?? '', message: fields.get(MESSAGE_FIELD) ?? '' };
}
