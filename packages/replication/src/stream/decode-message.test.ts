import { describe, expect, it } from '@jest/globals';
import { decodeMessage } from './decode-message.ts';
import { isNull, isUnchanged, lengthOf, textOf, valueEnd, valueStart, type Tuple } from './tuple.ts';

/** What may come before a message in its chunk. */
const BEFORE = Buffer.from('before');

function decode(...parts: (Buffer | string | number)[]): ReturnType<typeof decodeMessage> {
  const bytes = parts.map((part) =>
    typeof part === 'number' ? Buffer.from([part]) : typeof part === 'string' ? Buffer.from(part) : part,
  );
  return decodeMessage(Buffer.concat([BEFORE, ...bytes]), BEFORE.length);
}

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const int64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
};
const value = (text: string) =>
  Buffer.concat([Buffer.from('t'), int32(Buffer.byteLength(text)), Buffer.from(text)]);
const tuple = (...columns: (Buffer | 'n' | 'u')[]) =>
  Buffer.concat([int16(columns.length), ...columns.map((column) => Buffer.from(column as Buffer))]);

function valuesOf(row: Tuple): (string | null)[] {
  return row.positions.map((_, column) =>
    isUnchanged(row, column) ? 'unchanged' : textOf(row, column, 100),
  );
}

describe('messages of pgoutput', () => {
  it('tell where a transaction begins and ends', () => {
    expect(decode('B', int64(7n), int64(1n), int32(3))).toEqual({ kind: 'begin', commitLsn: 7n });
    expect(decode('C', 0, int64(7n), int64(9n), int64(1n))).toEqual({ kind: 'commit', endLsn: 9n });
  });

  it('describe tables, with names of any letters', () => {
    const columns = [1, 'id\0', int32(23), int32(-1), 0, 'Ünï"💥\0', int32(1043), int32(12)];
    expect(decode('R', int32(5), 'S.x\0', 't\0', 'd', int16(2), ...columns)).toEqual({
      kind: 'relation',
      relation: {
        id: 5,
        schema: 'S.x',
        name: 't',
        identity: 'd',
        columns: [
          { isKey: true, name: 'id', typeOid: 23, typeModifier: -1 },
          { isKey: false, name: 'Ünï"💥', typeOid: 1043, typeModifier: 12 },
        ],
      },
    });
    expect(decode('R', int32(5), '\0', 't\0', 'f', int16(0))).toMatchObject({
      relation: { schema: 'pg_catalog', identity: 'f', columns: [] },
    });
  });

  it('carry a new row', () => {
    const insert = decode('I', int32(-1), 'N', tuple(value('1'), 'n', value(''), value('ü')));
    if (insert.kind !== 'insert') throw new Error(insert.kind);
    expect(insert.relationId).toBe(0xffffffff);
    expect(valuesOf(insert.new)).toEqual(['1', null, '', 'ü']);
    expect(isNull(insert.new, 1)).toBe(true);
    expect(insert.new.hasUnchanged).toBe(false);
    // As a parameter: the length, then the bytes.
    expect(insert.new.bytes.subarray(valueStart(insert.new, 3), valueEnd(insert.new, 3))).toEqual(
      Buffer.concat([int32(2), Buffer.from('ü')]),
    );
    expect(lengthOf(insert.new)).toBe(6 + 1 + 5 + 7);
  });

  it.each([
    ['', null],
    ['K', 'key'],
    ['O', 'full'],
  ] as const)('carry an updated row, and the old one if there is one: "%s"', (letter, kind) => {
    const old = tuple(value('1'), 'n', value('last'));
    const before = letter === '' ? [] : [letter, old];
    const update = decode('U', int32(5), ...before, 'N', tuple(value('2'), 'u', 'n'));
    if (update.kind !== 'update') throw new Error(update.kind);
    expect(update.old?.kind ?? null).toBe(kind);
    if (update.old !== null) expect(valuesOf(update.old.tuple)).toEqual(['1', null, 'last']);
    expect(valuesOf(update.new)).toEqual(['2', 'unchanged', null]);
    expect(update.new.hasUnchanged).toBe(true);
  });

  it.each([
    ['K', 'key'],
    ['O', 'full'],
  ] as const)('carry what was of a deleted row: %s', (letter, kind) => {
    const gone = decode('D', int32(5), letter, tuple(value('1'), 'n'));
    if (gone.kind !== 'delete') throw new Error(gone.kind);
    expect(gone.old.kind).toBe(kind);
    expect(valuesOf(gone.old.tuple)).toEqual(['1', null]);
  });

  it('carry rows without columns', () => {
    const insert = decode('I', int32(5), 'N', tuple());
    expect(insert).toMatchObject({ kind: 'insert', new: { positions: [] } });
  });

  it.each([
    [0, false],
    [1, false],
    [2, true],
    [3, true],
  ])('name all tables that were emptied at once: options %d', (options, restartsIdentity) => {
    expect(decode('T', int32(2), options, int32(5), int32(6))).toEqual({
      kind: 'truncate',
      relationIds: [5, 6],
      restartsIdentity,
    });
  });

  it.each(['O', 'Y', 'M'])('of kind %s change nothing', (letter) => {
    expect(decode(letter, int64(0n), 'x\0')).toEqual({ kind: 'other' });
  });

  it('that are not known are refused, and so are broken ones', () => {
    expect(() => decode('S', int32(5))).toThrow(/does not know/);
    expect(() => decode('I', int32(5), 'N', int16(1), 't', int32(50), 'short')).toThrow(RangeError);
    expect(() => decode('R', int32(5), 'no end')).toThrow(RangeError);
  });
});
