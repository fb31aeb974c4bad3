/**
 * Messages of pgoutput, protocol version 1. Nothing of a row is copied: tuples point into the bytes that arrived.
 *
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { TEXT_VALUE, UNCHANGED_VALUE, type Tuple } from './tuple.ts';

interface RelationColumn {
  name: string;
  /** Of the replica identity. */
  isKey: boolean;
  typeOid: number;
  typeModifier: number;
}

/** How the source sees a table: sent before the first change of it, and again when it may have changed. */
export interface Relation {
  id: number;
  schema: string;
  name: string;
  /** As in pg_class.relreplident: d, i, f, n. */
  identity: string;
  columns: readonly RelationColumn[];
}

/** The old row: the columns of its key (others are NULL), or all of them. */
type OldTuple = { kind: 'key' | 'full'; tuple: Tuple } | null;

interface Insert {
  kind: 'insert';
  relationId: number;
  new: Tuple;
}

interface Update {
  kind: 'update';
  relationId: number;
  /** Null: the key is the one in the new row. */
  old: OldTuple;
  new: Tuple;
}

interface Delete {
  kind: 'delete';
  relationId: number;
  old: { kind: 'key' | 'full'; tuple: Tuple };
}

export type RowChange = Insert | Update | Delete;

export interface Truncate {
  kind: 'truncate';
  relationIds: readonly number[];
  restartsIdentity: boolean;
}

export type StreamMessage =
  | { kind: 'begin'; /** Where the commit is in the log. */ commitLsn: bigint }
  | { kind: 'commit'; /** Where the commit ends. */ endLsn: bigint }
  | { kind: 'relation'; relation: Relation }
  | RowChange
  | Truncate
  /** Origin, Type, Message: they change nothing on the target. */
  | { kind: 'other' };

const RESTART_IDENTITY = 2;
const KEY_COLUMN = 1;

/** @param start where the message begins in `bytes`, with the byte that says its kind */
export function decodeMessage(bytes: Buffer, start: number): StreamMessage {
  const body = start + 1;
  switch (String.fromCharCode(bytes[start] ?? 0)) {
    case 'I':
      return { kind: 'insert', relationId: bytes.readUInt32BE(body), new: readTuple(bytes, body + 5) };
    case 'U':
      return readUpdate(bytes, body);
    case 'D':
      return readDelete(bytes, body);
    case 'B':
      return { kind: 'begin', commitLsn: bytes.readBigUInt64BE(body) };
    case 'C':
      return { kind: 'commit', endLsn: bytes.readBigUInt64BE(body + 9) };
    case 'R':
      return { kind: 'relation', relation: readRelation(bytes, body) };
    case 'T':
      return readTruncate(bytes, body);
    case 'O':
    case 'Y':
    case 'M':
      return { kind: 'other' };
    default:
      throw new ReplicatorError(
        'internal',
        `The source sent a message of a kind (byte ${bytes[start] ?? -1}) that this release does not know; use a newer release.`,
      );
  }
}

function readUpdate(bytes: Buffer, body: number): Update {
  const relationId = bytes.readUInt32BE(body);
  const kind = bytes[body + 4];
  if (kind === NEW) return { kind: 'update', relationId, old: null, new: readTuple(bytes, body + 5) };
  const old = readTuple(bytes, body + 5);
  return {
    kind: 'update',
    relationId,
    old: { kind: kind === OLD_KEY ? 'key' : 'full', tuple: old },
    new: readTuple(bytes, endOf(old) + 1),
  };
}

function readDelete(bytes: Buffer, body: number): Delete {
  return {
    kind: 'delete',
    relationId: bytes.readUInt32BE(body),
    old: { kind: bytes[body + 4] === OLD_KEY ? 'key' : 'full', tuple: readTuple(bytes, body + 5) },
  };
}

const NEW = 'N'.charCodeAt(0);
const OLD_KEY = 'K'.charCodeAt(0);

function readTuple(bytes: Buffer, start: number): Tuple {
  const count = bytes.readUInt16BE(start);
  const positions = new Array<number>(count);
  let position = start + 2;
  let hasUnchanged = false;
  for (let column = 0; column < count; column += 1) {
    positions[column] = position;
    const kind = bytes[position];
    if (kind === TEXT_VALUE) position += 5 + bytes.readInt32BE(position + 1);
    else {
      if (kind === UNCHANGED_VALUE) hasUnchanged = true;
      position += 1;
    }
  }
  if (position > bytes.length) throw new RangeError('a tuple goes beyond its message');
  return { bytes, positions, hasUnchanged };
}

/** Where what follows a tuple begins. */
function endOf({ bytes, positions }: Tuple): number {
  const last = positions.at(-1);
  if (last === undefined) throw new RangeError('an old row has no columns');
  return bytes[last] === TEXT_VALUE ? last + 5 + bytes.readInt32BE(last + 1) : last + 1;
}

function readRelation(bytes: Buffer, body: number): Relation {
  const reader = new FieldReader(bytes, body);
  const id = reader.uint32();
  const schema = reader.text();
  const name = reader.text();
  const identity = String.fromCharCode(reader.byte());
  const columns = Array.from({ length: reader.uint16() }, () => ({
    isKey: (reader.byte() & KEY_COLUMN) !== 0,
    name: reader.text(),
    typeOid: reader.uint32(),
    typeModifier: reader.int32(),
  }));
  // Nothing stands for the schema of the catalogue.
  return { id, schema: schema === '' ? 'pg_catalog' : schema, name, identity, columns };
}

function readTruncate(bytes: Buffer, body: number): Truncate {
  const reader = new FieldReader(bytes, body);
  const count = reader.uint32();
  const restartsIdentity = (reader.byte() & RESTART_IDENTITY) !== 0;
  const relationIds = Array.from({ length: count }, () => reader.uint32());
  return { kind: 'truncate', relationIds, restartsIdentity };
}

class FieldReader {
  readonly #bytes: Buffer;
  #position: number;

  constructor(bytes: Buffer, position: number) {
    this.#bytes = bytes;
    this.#position = position;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#take(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  text(): string {
    const end = this.#bytes.indexOf(0, this.#position);
    if (end < 0) throw new RangeError('a name has no end');
    return this.#bytes.toString('utf8', this.#take(end + 1 - this.#position), end);
  }

  #take(length: number): number {
    const start = this.#position;
    this.#position += length;
    return start;
  }
}
