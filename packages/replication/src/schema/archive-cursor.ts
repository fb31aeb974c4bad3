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
    return this.#take(1).readUInt8();
  }

  ascii(length: number): string {
    return this.#take(length).toString('latin1');
  }

  int(): number {
    const isNegative = this.byte() !== 0;
    const magnitude = this.#take(this.intSize).readUIntLE(0, this.intSize);
    return isNegative ? -magnitude : magnitude;
  }

  /** Strings are UTF-8, because the dump is asked for in that encoding. */
  string(): string | null {
    const length = this.int();
    return length < 0 ? null : this.#take(length).toString('utf8');
  }

  #take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) {
      throw new ReplicatorError(
        'schema_dump_failed',
        'The schema dump ended early; run again, and report it if it happens every time.',
      );
    }
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}
