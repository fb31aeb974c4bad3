/**
 * What a run has finished, kept on the target in a schema of our own: every mark is written in the transaction of the
 * work that it speaks of, so that after any death marks and work agree. The schema is found by its comment, whatever
 * its name had to be, and is dropped at the end of the run, when its outcome is remembered.
 */
import type { BlockRange } from '../copy/split-table.ts';
import pg from 'pg';

/** One part of a table as it was planned. */
export interface RecordedPart {
  id: number;
  schema: string;
  name: string;
  range: BlockRange | null;
  /**
   * The low 32 bits of the transaction that copied it, as `xmin` shows them in each of its rows; null while it is not
   * copied.
   */
  transactionId: string | null;
}

export interface CheckpointState {
  /** Unquoted. */
  schema: string;
  /** An earlier run has begun it. */
  isResumed: boolean;
  doneKeys: Set<string>;
  parts: RecordedPart[];
}

export class Checkpoint {
  /** Unquoted name of the schema. */
  readonly schema: string;
  readonly isResumed: boolean;
  readonly #doneKeys: Set<string>;
  #parts: RecordedPart[];

  constructor({ schema, isResumed, doneKeys, parts }: CheckpointState) {
    this.schema = schema;
    this.isResumed = isResumed;
    this.#doneKeys = doneKeys;
    this.#parts = parts;
  }

  get parts(): readonly RecordedPart[] {
    return this.#parts;
  }

  get doneKeys(): ReadonlySet<string> {
    return this.#doneKeys;
  }

  /** Takes note of what a statement with `markDone` has committed. */
  noteDone(keys: Iterable<string>): void {
    for (const key of keys) this.#doneKeys.add(key);
  }

  noteUndone(keys: Iterable<string>): void {
    for (const key of keys) this.#doneKeys.delete(key);
  }

  noteParts(parts: RecordedPart[]): void {
    this.#parts = parts;
  }

  /** SQL that marks work as done; goes into the transaction of that work. */
  markDone(keys: readonly string[]): string {
    if (keys.length === 0) return '';
    const values = keys.map((key) => `(${pg.escapeLiteral(key)})`).join(', ');
    return `INSERT INTO ${this.table('done')} VALUES ${values} ON CONFLICT DO NOTHING;`;
  }

  unmarkDone(keys: readonly string[]): string {
    if (keys.length === 0) return '';
    return `DELETE FROM ${this.table('done')} WHERE key IN (${keys.map((key) => pg.escapeLiteral(key)).join(', ')});`;
  }

  /** SQL that marks a part as copied by the present transaction. */
  markPart(id: number): string {
    return `UPDATE ${this.table('part')} SET transaction_id = pg_catalog.txid_current() & 4294967295 WHERE id = ${id};`;
  }

  unmarkParts(ids: readonly number[]): string {
    if (ids.length === 0) return '';
    return `UPDATE ${this.table('part')} SET transaction_id = NULL WHERE id IN (${ids.join(', ')});`;
  }

  /** Quoted, for SQL. */
  table(name: 'run' | 'done' | 'part'): string {
    return `${pg.escapeIdentifier(this.schema)}.${name}`;
  }
}

/** Knows a table of one snapshot again in a later one. */
export function tableKey({ schema, name }: { schema: string; name: string }): string {
  return JSON.stringify([schema, name]);
}

export function groupByTable(parts: readonly RecordedPart[]): Map<string, RecordedPart[]> {
  const groups = new Map<string, RecordedPart[]>();
  for (const part of parts) {
    const group = groups.get(tableKey(part));
    if (group === undefined) groups.set(tableKey(part), [part]);
    else group.push(part);
  }
  return groups;
}
