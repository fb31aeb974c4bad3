/**
 * Gathers changes that are written alike until they are sent together. The changes of a table stay in order; those of
 * different tables may pass each other where nobody can tell, which is within one transaction of the target and only
 * where nothing fires there. Of several updates of one row in a batch only the last is written.
 */
import type { FollowedRelation } from './followed-relation.ts';
import type { ChangedRow } from './bind-parameters.ts';
import type { Shape } from './statement.ts';
import { isNull, valueEnd, valueStart } from './tuple.ts';

const MAX_BATCH_BYTES = 256 * 1024;
const MAX_WAITING_BYTES = 1024 * 1024;
/** Each may keep a chunk of the stream alive that is much larger than itself. */
const MAX_WAITING_ROWS = 2048;

export interface Batch {
  followed: FollowedRelation;
  shape: Shape;
  rows: ChangedRow[];
  bytes: number;
  /** Where each row is, by its key; null for shapes without. */
  places: Map<string, number> | null;
}

export interface RowBatchesInput {
  send: (batch: Batch) => void;
  /** Changes of different tables may pass each other. */
  mayReorder: boolean;
}

export class RowBatches {
  readonly #input: RowBatchesInput;
  readonly #batches = new Map<FollowedRelation, Batch>();
  #waitingRows = 0;
  #waitingBytes = 0;

  constructor(input: RowBatchesInput) {
    this.#input = input;
  }

  add(followed: FollowedRelation, shape: Shape, row: ChangedRow, bytes: number): void {
    if (followed.target.hasTriggers || (!this.#input.mayReorder && !this.#batches.has(followed)))
      this.sendAll();
    let batch = this.#batches.get(followed);
    if (batch !== undefined && batch.shape !== shape) {
      this.#send(batch);
      batch = undefined;
    }
    batch ??= this.#begin(followed, shape);
    this.#put(batch, row);
    batch.bytes += bytes;
    this.#waitingRows += 1;
    this.#waitingBytes += bytes;
    const isFull = batch.rows.length >= shape.maxRows || batch.bytes >= MAX_BATCH_BYTES;
    if (isFull || followed.target.hasTriggers) this.#send(batch);
    if (this.#waitingRows > MAX_WAITING_ROWS || this.#waitingBytes > MAX_WAITING_BYTES) this.sendAll();
  }

  sendAll(): void {
    for (const batch of this.#batches.values()) this.#input.send(batch);
    this.#batches.clear();
    this.#waitingRows = 0;
    this.#waitingBytes = 0;
  }

  #begin(followed: FollowedRelation, shape: Shape): Batch {
    const places = shape.rowKey === null ? null : new Map<string, number>();
    const batch = { followed, shape, rows: [], bytes: 0, places };
    this.#batches.set(followed, batch);
    return batch;
  }

  #put(batch: Batch, row: ChangedRow): void {
    const { places, rows, shape } = batch;
    if (places === null) {
      rows.push(row);
      return;
    }
    const key = keyOf(shape, row);
    const place = places.get(key);
    if (place === undefined) {
      places.set(key, rows.length);
      rows.push(row);
    } else rows[place] = row;
  }

  #send(batch: Batch): void {
    this.#batches.delete(batch.followed);
    this.#input.send(batch);
  }
}

/** Lengths tell where one value ends, hence no two keys have the same text. */
function keyOf({ rowKey }: Shape, row: ChangedRow): string {
  let key = '';
  for (const { isOld, column } of rowKey ?? []) {
    const tuple = isOld ? row.old : row.new;
    if (tuple === null || isNull(tuple, column)) continue;
    key += tuple.bytes.toString('latin1', valueStart(tuple, column), valueEnd(tuple, column));
  }
  return key;
}
