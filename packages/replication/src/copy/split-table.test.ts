import { describe, expect, it } from '@jest/globals';
import type { Table } from '../catalog/list-tables.ts';
import { largestWholeBytes, splitTable } from './split-table.ts';

const MB = 1024 * 1024;
const minPartBytes = 32 * MB;

function table(bytes: number, blocks = bytes / 8192): Table {
  const names = { schema: 'public', name: 't', label: 'public.t' };
  return {
    oid: 1,
    ...names,
    copyColumns: ['id'],
    betterInBinary: 'nowhere',
    columns: ['id'],
    bytes,
    blocks,
    predicate: null,
    configuration: null,
    partitionOids: [],
  };
}

describe('splitTable', () => {
  it('covers every block once, and leaves the end open', () => {
    const parts = splitTable({
      table: table(1000 * MB + 8192),
      lanes: 4,
      serverVersionNum: 170_000,
      minPartBytes,
    });
    expect(parts).toHaveLength(16);
    expect(parts[0]?.range?.from).toBe(0);
    for (const [index, { range }] of parts.entries()) {
      expect(range?.to).toBe(parts[index + 1]?.range?.from ?? null);
    }
  });

  it.each([
    ['a small table', table(40 * MB), 4, 170_000],
    ['on a single lane', table(1000 * MB), 1, 170_000],
    ['where the server would scan it whole for each part', table(1000 * MB), 4, 130_000],
    ['a table without columns', { ...table(1000 * MB), copyColumns: [] }, 4, 170_000],
    ['a single block with much TOAST behind it', table(1000 * MB, 1), 4, 170_000],
  ])('does not split %s', (_name, whole, lanes, serverVersionNum) => {
    expect(splitTable({ table: whole, lanes, serverVersionNum, minPartBytes })).toEqual([
      { table: whole, range: null },
    ]);
  });
});

describe('largestWholeBytes', () => {
  it.each([
    ['a processor has as much to do', [120, 100, 20], 2, 120],
    ['there are more of them', [120, 100, 20], 4, 60],
    ['there is little else', [120], 2, 60],
    ['an interruption would cost too much', [4000, 4000], 2, 512],
  ])('is up to where %s', (_name, sizes, processors, expected) => {
    const tables = sizes.map((megabytes) => table(megabytes * MB));
    expect(largestWholeBytes(tables, { processors, minPartBytes })).toBe(expected * MB);
  });

  it('is any where tables are not split', () => {
    expect(largestWholeBytes([table(MB)], { processors: 2, minPartBytes: null })).toBe(Infinity);
  });
});
