import { describe, expect, test } from '@jest/globals';
import type { ArchiveEntry, ArchiveSection } from './archive.ts';
import { planRestore, type RestorePlan } from './restore-plan.ts';

type Line = [
  dumpId: number,
  kind: string,
  tag: string,
  section: ArchiveSection,
  dependencies?: number[],
  definition?: string,
];

/** Table oids are dump ids plus 1,000. */
function plan(lines: Line[]): RestorePlan {
  const entries = lines.map(
    ([dumpId, kind, tag, section, dependencies = [], definition = '…;']): ArchiveEntry => ({
      dumpId,
      catalogId: { tableoid: 1259, oid: dumpId + 1_000 },
      tag,
      kind,
      section,
      definition,
      dropStatement: '',
      namespace: 'app',
      tablespace: null,
      tableAccessMethod: null,
      relkind: null,
      owner: '',
      dependencies,
    }),
  );
  return planRestore({ formatVersion: '1.16', serverVersion: '18', dumpVersion: '18', entries });
}

function ids(entries: readonly ArchiveEntry[]): number[] {
  return entries.map(({ dumpId }) => dumpId);
}

function itemOf(restorePlan: RestorePlan, dumpId: number): Omit<RestorePlan['afterData'][number], 'entry'> {
  const { waitsForTables, waitsFor, locks } = restorePlan.afterData.find(
    (item) => item.entry.dumpId === dumpId,
  ) ?? {
    waitsForTables: [],
    waitsFor: [],
    locks: [],
  };
  return { waitsForTables, waitsFor, locks };
}

const exclusive = (...tables: number[]): object[] => tables.map((table) => ({ table, mode: 'exclusive' }));

test('entries are sorted by when they are restored', () => {
  const sorted = plan([
    [1, 'ENCODING', 'ENCODING', 'pre-data'],
    [2, 'DATABASE', 'shop', 'pre-data'],
    [3, 'COMMENT', 'DATABASE shop', 'none', [2]],
    [4, 'DATABASE PROPERTIES', 'shop', 'pre-data'],
    [5, 'SCHEMA', 'app', 'pre-data'],
    [6, 'COMMENT', 'SCHEMA app', 'none', [5]],
    [7, 'ACL', 'SCHEMA app', 'none', [5]],
    [8, 'TABLE', 't', 'pre-data'],
    [9, 'MATERIALIZED VIEW', 'm', 'pre-data', [8]],
    [10, 'INDEX', 'i', 'post-data', [8]],
    [11, 'COMMENT', 'INDEX i', 'none', [10]],
    [12, 'EVENT TRIGGER', 'e', 'post-data'],
    [13, 'COMMENT', 'EVENT TRIGGER e', 'none', [12]],
    [14, 'MATERIALIZED VIEW DATA', 'm', 'post-data', [9]],
    [15, 'DEFAULT ACL', 'DEFAULT PRIVILEGES FOR TABLES', 'post-data'],
  ]);
  expect(ids(sorted.database)).toEqual([2, 3, 4]);
  expect(ids(sorted.beforeData)).toEqual([5, 6, 8, 9]);
  expect(ids(sorted.afterData.map(({ entry }) => entry))).toEqual([10, 11]);
  expect(ids(sorted.privileges)).toEqual([7, 15]);
  expect(ids(sorted.afterPrivileges)).toEqual([12, 13, 14]);
});

describe('what comes after the rows', () => {
  const twoTables = plan([
    [1, 'TABLE', 'a', 'pre-data'],
    [2, 'TABLE', 'b', 'pre-data'],
    [3, 'INDEX', 'plain', 'post-data', [1]],
    [4, 'INDEX', 'clustered', 'post-data', [1], 'CREATE INDEX …;\nALTER TABLE … CLUSTER ON …;'],
    [5, 'CONSTRAINT', 'key', 'post-data', [1, 1]],
    [6, 'FK CONSTRAINT', 'reference', 'post-data', [1, 2, 5, 77]],
    [7, 'COMMENT', 'CONSTRAINT key', 'none', [1, 5]],
  ]);

  test('waits for the rows of the tables and for the entries that it depends on', () => {
    expect(itemOf(twoTables, 6)).toMatchObject({ waitsForTables: [1_001, 1_002], waitsFor: [5] });
  });

  test('locks both tables of a foreign key', () => {
    expect(itemOf(twoTables, 6).locks).toEqual(exclusive(1_001, 1_002));
  });

  test('shares a table between plain indexes only', () => {
    expect(itemOf(twoTables, 3).locks).toEqual([{ table: 1_001, mode: 'shared' }]);
    expect(itemOf(twoTables, 4).locks).toEqual(exclusive(1_001));
    expect(itemOf(twoTables, 5).locks).toEqual(exclusive(1_001));
  });

  test('does not lock for a comment', () => {
    expect(itemOf(twoTables, 7)).toEqual({ waitsForTables: [1_001], waitsFor: [5], locks: [] });
  });
});

describe('of a partitioned table', () => {
  const partitioned = plan([
    [1, 'TABLE', 'root', 'pre-data'],
    [2, 'TABLE', 'middle', 'pre-data', [1]],
    [3, 'TABLE', 'leaf', 'pre-data', [2]],
    [4, 'TABLE', 'other', 'pre-data'],
    [5, 'TABLE ATTACH', 'middle', 'pre-data', [2, 1]],
    [6, 'TABLE ATTACH', 'leaf', 'pre-data', [3, 2]],
    [10, 'INDEX', 'root_index', 'post-data', [1]],
    [11, 'INDEX', 'middle_index', 'post-data', [2, 10]],
    [12, 'INDEX', 'leaf_index', 'post-data', [3, 11]],
    [13, 'INDEX ATTACH', 'middle_index', 'post-data', [11, 10, 2, 1]],
    [14, 'INDEX ATTACH', 'leaf_index', 'post-data', [12, 11, 3, 2]],
    [15, 'FK CONSTRAINT', 'reference', 'post-data', [1, 4]],
    [16, 'TRIGGER', 'root trigger', 'post-data', [1]],
    [
      17,
      'CONSTRAINT',
      'root key',
      'post-data',
      [1],
      'ALTER TABLE ONLY "root" ADD CONSTRAINT "k" PRIMARY KEY ("a");',
    ],
    [
      18,
      'CONSTRAINT',
      'root n',
      'post-data',
      [1],
      'ALTER TABLE "root" ADD CONSTRAINT "n" NOT NULL "a" NOT VALID;',
    ],
  ]);

  test('indexes and keys of the levels above the rows come before the rows', () => {
    expect(ids(partitioned.beforeData)).toEqual([1, 2, 3, 4, 5, 6, 10, 11, 17]);
  });

  test('a constraint that goes down to the partitions waits for and locks all of them', () => {
    const all = [1_001, 1_002, 1_003];
    expect(itemOf(partitioned, 18)).toMatchObject({ waitsForTables: all, locks: exclusive(...all) });
  });

  test('the index of a partition waits for that partition alone', () => {
    expect(itemOf(partitioned, 12)).toEqual({
      waitsForTables: [1_003],
      waitsFor: [],
      locks: [{ table: 1_003, mode: 'shared' }],
    });
  });

  test('attaching an index waits for all rows below', () => {
    expect(itemOf(partitioned, 13)).toEqual({
      waitsForTables: [1_002, 1_003, 1_001],
      waitsFor: [],
      locks: exclusive(1_002, 1_001),
    });
    expect(itemOf(partitioned, 14)).toMatchObject({ waitsForTables: [1_003, 1_002], waitsFor: [12] });
  });

  test('foreign keys and triggers wait for and lock all partitions', () => {
    const all = [1_001, 1_002, 1_003];
    expect(itemOf(partitioned, 15)).toMatchObject({
      waitsForTables: [...all, 1_004],
      locks: exclusive(...all, 1_004),
    });
    expect(itemOf(partitioned, 16)).toMatchObject({ waitsForTables: all, locks: exclusive(...all) });
  });
});
