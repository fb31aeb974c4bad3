import { describe, expect, it } from '@jest/globals';
import type { Table } from '../catalog/list-tables.ts';
import type { ArchiveEntry } from '../schema/archive.ts';
import type { RestoreItem } from '../schema/restore-plan.ts';
import { bundleItems } from './bundle-items.ts';

const SMALL = 10;
const LARGE = 11;
const tables = [
  { oid: SMALL, bytes: 100, partitionOids: [] },
  { oid: LARGE, bytes: 101, partitionOids: [12] },
] as unknown as Table[];

function item(
  dumpId: number,
  options: { kind?: string; tables?: number[]; waitsFor?: number[]; root?: number } = {},
): RestoreItem {
  const { kind = 'INDEX', tables: waitsForTables = [SMALL], waitsFor = [], root } = options;
  return {
    entry: { dumpId, kind } as ArchiveEntry,
    waitsForTables,
    waitsFor,
    locks: root === undefined ? [] : [{ table: root, mode: 'exclusive' }],
  };
}

function bundled(items: RestoreItem[], maxBundledBytes: number | null = 100): number[][] {
  return bundleItems(items, { tables, maxBundledBytes }).map((bundle) =>
    bundle.map(({ entry }) => entry.dumpId),
  );
}

describe('bundleItems', () => {
  it("puts what a small table has of its own together, a larger one's stays apart", () => {
    const ofLarge = { tables: [LARGE] };
    const items = [item(1), item(2, ofLarge), item(3), item(4, ofLarge), item(5, { waitsFor: [1] })];
    expect(bundled(items)).toEqual([[1, 3, 5], [2], [4]]);
  });

  it('counts a tree that is copied as one by its whole size', () => {
    expect(bundled([item(1, { tables: [12] }), item(2, { tables: [12] })])).toEqual([[1], [2]]);
  });

  it('leaves alone what needs other tables, or what is done elsewhere', () => {
    const foreignKey = item(2, { tables: [SMALL, 20] });
    const items = [item(1), foreignKey, item(3, { waitsFor: [2] }), item(4, { tables: [] }), item(5)];
    expect(bundled(items)).toEqual([[1, 5], [2], [3], [4]]);
  });

  it("attaches indexes to a root's some at a time", () => {
    const attach = (dumpId: number, root: number) =>
      item(dumpId, { kind: 'INDEX ATTACH', tables: [root, dumpId], waitsFor: [dumpId + 1000], root });
    const items = Array.from({ length: 60 }, (_, index) => attach(index, index % 2 === 0 ? 7 : 8));
    const bundles = bundled(items);
    expect(bundles.map(({ length }) => length)).toEqual([25, 25, 5, 5]);
    expect(bundles.map(([first]) => first)).toEqual([0, 1, 50, 51]);
  });

  it('bundles nothing when told so', () => {
    expect(bundled([item(1), item(2)], null)).toEqual([[1], [2]]);
  });
});
