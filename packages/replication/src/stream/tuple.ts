/**
 * The values of a row as pgoutput sends them, left where they arrived. Each column begins with a byte that says what
 * follows; a value in text form is its length and its bytes, which is also how a parameter is sent to a server.
 *
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html (TupleData)
 */
export interface Tuple {
  readonly bytes: Buffer;
  /** Where each column begins: the byte that says its kind. */
  readonly positions: readonly number[];
  /** Some values are not here because they did not change and are stored apart from the row. */
  readonly hasUnchanged: boolean;
}

export const NULL_VALUE = 'n'.charCodeAt(0);
export const UNCHANGED_VALUE = 'u'.charCodeAt(0);
export const TEXT_VALUE = 't'.charCodeAt(0);

/** Of kind and length, before a value's own bytes. */
const VALUE_OFFSET = 5;

export function kindOf({ bytes, positions }: Tuple, column: number): number {
  return bytes[positions[column] ?? 0] ?? NULL_VALUE;
}

export function isNull(tuple: Tuple, column: number): boolean {
  return kindOf(tuple, column) === NULL_VALUE;
}

export function isUnchanged(tuple: Tuple, column: number): boolean {
  return kindOf(tuple, column) === UNCHANGED_VALUE;
}

/** Where a value in text form begins with its length of four bytes, and where it ends. */
export function valueStart({ positions }: Tuple, column: number): number {
  return (positions[column] ?? 0) + 1;
}

export function valueEnd(tuple: Tuple, column: number): number {
  const start = valueStart(tuple, column);
  return start + 4 + tuple.bytes.readInt32BE(start);
}

/** A value for people, cut where it is long; null for NULL. */
export function textOf(tuple: Tuple, column: number, maxBytes: number): string | null {
  if (kindOf(tuple, column) !== TEXT_VALUE) return null;
  const start = (tuple.positions[column] ?? 0) + VALUE_OFFSET;
  const end = valueEnd(tuple, column);
  if (end - start <= maxBytes) return tuple.bytes.toString('utf8', start, end);
  return `${tuple.bytes.toString('utf8', start, start + maxBytes)}…`;
}

/** Of the whole row, as it arrived. */
export function lengthOf(tuple: Tuple): number {
  const { positions, bytes } = tuple;
  const [first] = positions;
  const last = positions.at(-1);
  if (first === undefined || last === undefined) return 0;
  const end = bytes[last] === TEXT_VALUE ? valueEnd(tuple, positions.length - 1) : last + 1;
  return end - first;
}
