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
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#bytesToSkip > 0) {
        const skipped = Math.min(this.#bytesToSkip, rest.length);
        this.#bytesToSkip -= skipped;
        rest = rest.subarray(skipped);
        continue;
      }
      const message = this.#held.length === 0 ? rest : Buffer.concat([this.#held, rest]);
      rest = this.#hearMessage(message);
    }
  }

  /** Takes a message or what there is of it; returns what comes after. */
  #hearMessage(bytes: Buffer): Buffer {
    this.#held = Buffer.alloc(0);
    const end = bytes.length < HEADER_BYTES ? Infinity : 1 + bytes.readUInt32BE(1);
    const isError = bytes[0] === ERROR_RESPONSE;
    if (end === Infinity || (isError && bytes.length < end)) {
      this.#held = bytes;
      return Buffer.alloc(0);
    }
    if (isError) this.lastError = readError(bytes.subarray(HEADER_BYTES, end));
    this.#bytesToSkip = Math.max(0, end - bytes.length);
    return bytes.subarray(end);
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
