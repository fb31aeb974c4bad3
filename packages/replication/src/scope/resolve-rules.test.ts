import { describe, expect, it } from '@jest/globals';
import { resolveRules, type DatabaseTables, type NamedTable } from './resolve-rules.ts';

const none = { include_tables: [], exclude_tables: [], schema_only_tables: [], table_filters: [] };

function table(oid: number, schema: string, name: string, parentOid: number | null = null): NamedTable {
  return { oid, schema, name, parentOid };
}

const shop: DatabaseTables = {
  database: 'shop',
  tables: [
    table(1, 'public', 'orders'),
    table(2, 'public', 'order_lines'),
    table(3, 'audit', 'orders'),
    table(5, 'public', 'visits_2025_01', 4),
    table(4, 'public', 'visits_2025', 6),
    table(6, 'public', 'visits'),
    table(7, 'public', 'with.dot*'),
  ],
};
const audit: DatabaseTables = { database: 'audit', tables: [table(1, 'public', 'orders')] };

describe('resolveRules', () => {
  it.each([
    ['orders', [1, 3]],
    ['public.orders', [1]],
    ['shop.public.orders', [1]],
    ['shop.orders', [1, 3]],
    ['order*', [1, 2, 3]],
    ['*.orders', [1, 3]],
    ['visits_2025', [4, 5]],
    ['visits', [4, 5, 6]],
    ['"with.dot*"', [7]],
    ['public."with.dot*"', [7]],
  ])('takes %s for the tables %j', (pattern, expected) => {
    const [rules] = resolveRules([shop], { ...none, exclude_tables: [pattern] });
    expect([...(rules?.excluded ?? [])].sort()).toEqual(expected);
  });

  it('keeps only what is included, with the parents of partitions', () => {
    const [rules] = resolveRules([shop], { ...none, include_tables: ['visits_2025_01', 'audit.orders'] });
    expect([...(rules?.excluded ?? [])].sort()).toEqual([1, 2, 7]);
  });

  it('refuses a filter that matches nothing, by name', () => {
    for (const key of ['include_tables', 'exclude_tables', 'schema_only_tables'] as const) {
      expect(() => resolveRules([shop], { ...none, [key]: ['Orders'] })).toThrow(
        /The filter Orders matches no table/,
      );
    }
    const tableFilters = { ...none, table_filters: [{ table: 'Orders', where: 'true' }] };
    expect(() => resolveRules([shop], tableFilters)).toThrow(/Orders/);
  });

  it('asks back when a two-part name could mean two things', () => {
    expect(() => resolveRules([shop, audit], { ...none, exclude_tables: ['audit.orders'] })).toThrow(
      /could mean shop\.audit\.orders and audit\.public\.orders/,
    );
    const [inShop, inAudit] = resolveRules([shop, audit], {
      ...none,
      exclude_tables: ['audit.public.orders'],
    });
    expect(inShop?.excluded.size).toBe(0);
    expect(inAudit?.excluded.size).toBe(1);
  });

  it.each(['', '.', 'a.', '.a', 'a..b', 'a.b.c.d', '"', '"a', 'a"b'])(
    'refuses %j as a pattern',
    (pattern) => {
      expect(() => resolveRules([shop], { ...none, exclude_tables: [pattern] })).toThrow(
        /is not a table's name/,
      );
    },
  );

  it('joins several row filters of one table, each closed against what its text may hold', () => {
    const [rules] = resolveRules([shop], {
      ...none,
      table_filters: [
        { table: 'public.orders', where: 'id > 5 -- recent' },
        { table: 'orders', where: "state = 'open' OR vip" },
      ],
    });
    expect(rules?.predicates.get(1)).toBe("(id > 5 -- recent\n) AND (state = 'open' OR vip\n)");
    expect(rules?.predicates.get(3)).toBe("(state = 'open' OR vip\n)");
  });
});
