import { ReplicatorError } from '@seren-replicator/job-models';

/**
 * Reads the primitives of a pg_dump archive one after the other: integers are a sign byte and `intSize` bytes,
 * little-endian; strings a length (-1 for none) and bytes.
 *
 * PostgreSQL's pg_backup_archiver.c, `ReadInt` and `ReadStr`. Every read throws `schema_dump_failed` past the end.
 */
export class ArchiveCursor {
  readonly #bytes: Buffer;
  #position = 0;
  /** Bytes of an integer without its sign; the archive's header says it. */
  intSize = 4;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(length: number): void {
    this.#take(length);
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  ascii(length: number): string {
    return this.#bytes.toString('latin1', this.#take(length), this.#position);
  }

  int(): number {
    const isNegative = this.byte() !== 0;
    const magnitude = this.#bytes.readUIntLE(this.#take(this.intSize), this.intSize);
    return isNegative ? -magnitude : magnitude;
  }

  /** Strings are UTF-8, because the dump is asked for in that encoding. */
  string(): string | null {
    const length = this.int();
    return length < 0 ? null : this.#bytes.toString('utf8', this.#take(length), this.#position);
  }

  /** Goes on by so many bytes; where they begin. No views of them are made: an archive has a million primitives. */
  #take(length: number): number {
    const start = this.#position;
    const end = start + length;
    if (end > this.#bytes.length) {
      throw new ReplicatorError(
        'schema_dump_failed',
        'The schema dump ended early; run again, and report it if it happens every time.',
      );
    }
    this.#position = end;
    return start;
  }
}
