import { describe, expect, test } from '@jest/globals';
import type { InitResult, TableComparison, Verification } from '@seren-replicator/job-models';
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
      { name: 'size', status: 'pass', message: 'about 1 GB', fix: null },
    ],
  });
  expect(text.split('\n')).toEqual([
    'pass  size        about 1 GB',
    'fail  privileges  orders cannot be read',
    '      fix: GRANT SELECT',
    '           ON orders TO app;',
    '',
    '2 checks: 1 pass, 0 warn, 1 fail',
  ]);
});

test('a copy ends with its figures, phases, and what was skipped', () => {
  const result: InitResult = {
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
  expect(formatResult(colors, result).split('\n')).toEqual([
    'Copied 2 tables, 1 row, 1.5 kB in 1m 1s',
    '',
    'phase  time',
    'copy     1m',
    '',
    'skipped                 why',
    'foreign table public.f  its rows live elsewhere',
  ]);
});
