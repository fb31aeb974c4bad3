import { describe, expect, test } from '@jest/globals';
import type { InitResult, RowDifference, TableComparison, Verification } from '@seren-replicator/job-models';
import pc from 'picocolors';
import { formatResult } from './format-result.ts';

const colors = pc.createColors(false);

const comparison = (table: string, difference: string | null = null): TableComparison => ({
  database: 'shop',
  table,
  source_rows: 1_000,
  target_rows: difference === null ? 1_000 : 999,
  equal: difference === null,
  difference,
});

const verify = (verification: Partial<Verification>): string =>
  formatResult(colors, {
    command: 'verify',
    verification: { tables: [], sequences: [], seconds: 1.5, ...verification },
  });

describe('a comparison', () => {
  test('lists what differs first', () => {
    const text = verify({ tables: [comparison('public.a'), comparison('public.b', '1 row is missing')] });
    expect(text.split('\n')).toEqual([
      '2 tables and 0 sequences compared: 1 differ (1.5s)',
      '',
      'table     source rows  target rows',
      'public.b        1,000          999  1 row is missing',
      'public.a        1,000        1,000  equal',
    ]);
  });

  test('lists all that differs and fifty of thousands that are equal', () => {
    const tables = Array.from({ length: 3_000 }, (_, index) =>
      comparison(`public.t${index}`, index >= 2_900 ? 'differs' : null),
    );
    const lines = verify({ tables }).split('\n');
    expect(lines.filter((line) => line.endsWith('differs'))).toHaveLength(100);
    expect(lines.filter((line) => line.endsWith('  equal'))).toHaveLength(50);
    expect(lines.at(-1)).toBe('and 2,850 more that are equal');
  });

  test('names the database where there are several', () => {
    const text = verify({
      tables: [comparison('public.a'), { ...comparison('public.a'), database: 'blog' }],
    });
    expect(text).toContain('shop.public.a');
    expect(text).toContain('blog.public.a');
  });

  test('lists only sequences that differ', () => {
    const text = verify({ sequences: [comparison('public.s1'), comparison('public.s2', '5 instead of 7')] });
    expect(text).toContain('public.s2  5 instead of 7');
    expect(text).not.toContain('public.s1');
  });

  test('shows control characters in names as text', () => {
    expect(verify({ tables: [comparison('public.a\n\u001b[31mb')] })).toContain('public.a\\n\\x1b[31mb');
  });

  test('counts large objects and lists them like a table', () => {
    const objects = { ...comparison('large objects', 'the first that differ: 5'), source_rows: 3_000 };
    const lines = verify({ tables: [comparison('public.a')], large_objects: [objects] }).split('\n');
    expect(lines[0]).toBe('1 table, 0 sequences and 3,000 large objects compared: 1 differ (1.5s)');
    expect(lines).toContain('large objects        3,000          999  the first that differ: 5');
  });

  test('lists objects of the schema that differ, and what had to be read', () => {
    const amount = { rows: 1, bytes: 2_000 };
    const text = verify({
      schema: [{ database: 'shop', object: 'index public.i\n', difference: 'missing on the target' }],
      read: { source: amount, target: { ...amount, bytes: 3_000 } },
    });
    expect(text.split('\n')).toEqual([
      '0 tables, 0 sequences and the schema compared: 1 differ (1.5s; read 2 kB of the source, 3 kB of the target)',
      '',
      'object',
      'index public.i\\n  missing on the target',
    ]);
    expect(verify({ schema: [] })).toBe('0 tables, 0 sequences and the schema compared: all equal (1.5s)');
  });

  test('shows which rows differ, and in what', () => {
    const evidence: RowDifference[] = [
      {
        kind: 'different',
        key: 'id = 5',
        rows: 1,
        columns: [
          { name: 'note', source: null, target: '' },
          { name: 'name', source: 'a\u001b', target: 'b' },
        ],
      },
      { kind: 'missing on target', key: '(7,x)', rows: 2, columns: [] },
    ];
    const text = verify({ tables: [{ ...comparison('public.a', 'differs'), evidence }] });
    expect(text.split('\n').slice(-3)).toEqual([
      'rows of public.a that differ, source → target',
      "  id = 5: note NULL → '', name 'a\\x1b' → 'b'",
      '  (7,x) (2 rows): missing on target',
    ]);
  });

  test('stays readable when nothing is equal', () => {
    const evidence: RowDifference[] = Array.from({ length: 30 }, (_, index) => ({
      kind: 'only on target',
      key: `id = ${index}`,
      rows: 1,
      columns: [],
    }));
    const all = Array.from({ length: 5_000 }, (_, index) => ({
      ...comparison(`public.t${index}`, 'differs'),
      evidence,
    }));
    const schema = all.map(({ database, table }) => ({ database, object: table, difference: 'missing' }));
    const lines = verify({ tables: all, sequences: all, schema }).split('\n');
    expect(lines.filter((line) => line === 'and 4,800 more that differ')).toHaveLength(3);
    expect(lines.length).toBeLessThan(800);
  });

  test("says what a job's record had no room for", () => {
    expect(verify({ omitted: 1_234 })).toContain('1,234 more left out');
  });
});

test('checks end with what fails, and how to mend it', () => {
  const text = formatResult(colors, {
    command: 'validate',
    checks: [
      {
        name: 'privileges',
        status: 'fail',
        message: 'orders cannot be read',
        fix: 'GRANT SELECT\nON orders TO app;',
      },
      { name: 'si\nze', status: 'pass', message: 'about 1 GB', fix: null },
    ],
  });
  expect(text.split('\n')).toEqual([
    'pass  si\\nze      about 1 GB',
    'fail  privileges  orders cannot be read',
    '      fix: GRANT SELECT',
    '           ON orders TO app;',
    '',
    '2 checks: 1 pass, 0 warn, 1 fail',
  ]);
});

test('checks of hundreds of databases stay readable', () => {
  const checks = (['fail', 'pass'] as const).flatMap((status) =>
    Array.from({ length: 3_000 }, (_, index) => ({ name: `db${index}`, status, message: 'm', fix: null })),
  );
  const lines = formatResult(colors, { command: 'validate', checks }).split('\n');
  expect(lines).toHaveLength(304);
  expect(lines[100]).toBe('pass  and 2,900 more');
  expect(lines.slice(-3)).toEqual([
    'fail  and 2,800 more',
    '',
    '6,000 checks: 3,000 pass, 0 warn, 3,000 fail',
  ]);
});

const copied: InitResult = {
  command: 'init',
  databases: 1,
  tables: 2,
  rows: 1,
  bytes: 1_500,
  seconds: 61,
  phases: [{ phase: 'copy', seconds: 60.4 }],
  skipped: [{ object: 'foreign table public.f', reason: 'its rows live elsewhere' }],
  verification: null,
};

describe('a copy', () => {
  test('ends with its figures, phases, and what was skipped', () => {
    expect(formatResult(colors, copied).split('\n')).toEqual([
      'Copied 2 tables, 1 row, 1.5 kB in 1m 1s',
      '',
      'phase  time',
      'copy     1m',
      '',
      'skipped                 why',
      'foreign table public.f  its rows live elsewhere',
    ]);
  });

  test('tells of large objects, of what was resumed, and of roles', () => {
    const result: InitResult = {
      ...copied,
      large_objects: 1_200,
      resumed: { parts_kept: 12, parts_changed: 3 },
      roles: { created: ['app', 'evil\u001b'], joined: [] },
      phases: [],
      skipped: [],
    };
    expect(formatResult(colors, result).split('\n')).toEqual([
      'Copied 2 tables, 1 row, 1,200 large objects, 1.5 kB in 1m 1s',
      'Resumed: 12 parts kept of an interrupted copy, 3 copied again because the source had changed',
      'Roles created: app, evil\\x1b',
    ]);
  });

  test('tells what the preflight warned of, with its fix', () => {
    const warnings = [
      { name: 'invalid indexes', status: 'warn' as const, message: 'left out: i', fix: 'REINDEX INDEX i;' },
    ];
    const result: InitResult = { ...copied, warnings, phases: [], skipped: [] };
    expect(formatResult(colors, result).split('\n')).toEqual([
      'Copied 2 tables, 1 row, 1.5 kB in 1m 1s',
      '',
      'warn  invalid indexes  left out: i',
      '      fix: REINDEX INDEX i;',
    ]);
  });

  test('names twenty of hundreds of roles', () => {
    const joined = Array.from({ length: 300 }, (_, index) => `r${index}`);
    const text = formatResult(colors, { ...copied, roles: { created: [], joined, omitted: 5 } });
    expect(text).toContain('made a member of: r0, r1,');
    expect(text).toContain("r19 and 280 more\n5 roles left out of the job's record");
  });
});
