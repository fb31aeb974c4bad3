import { expect, test } from '@jest/globals';
import { describeProgress } from './describe-progress.ts';
import { waitingProgress } from './progress-display.ts';

const copying = {
  ...waitingProgress('copy'),
  tables_completed: 3,
  tables_total: 1_100,
  rows_copied: 1_234_567,
  bytes_copied: 250_000_000,
  bytes_total: 1_000_000_000,
};

test('a phase without figures is its name alone', () => {
  expect(describeProgress(waitingProgress('preflight'), null)).toEqual({
    phase: 'preflight',
    fraction: null,
    parts: [],
    remaining: null,
  });
});

test('a copy shows tables, rows, bytes, rate and what is left at that rate', () => {
  expect(describeProgress(copying, 10_000_000)).toEqual({
    phase: 'copy',
    fraction: 0.25,
    parts: ['3 of 1,100 tables', '1,234,567 rows', '250 MB of 1 GB', '10 MB/s'],
    remaining: '1m 15s left',
  });
});

test("the engine's own estimate comes first", () => {
  expect(describeProgress({ ...copying, eta_seconds: 7200 }, 10_000_000).remaining).toBe('2h left');
});

test('nothing is said about the end of a copy that stalls', () => {
  expect(describeProgress(copying, 0).remaining).toBeNull();
});

test('databases are counted where there are several', () => {
  const several = { ...copying, current_database: 'db1', databases_completed: 1, databases_total: 2 };
  expect(describeProgress(several, null).parts[0]).toBe('1 of 2 databases (db1)');
});

test('an estimate that was too low does not give more than the whole', () => {
  expect(describeProgress({ ...copying, bytes_copied: 2_000_000_000 }, null).fraction).toBe(1);
});

test('what follows shows what it has applied, and nothing of the copy before it', () => {
  const sync = { transactions: 1_234, rows: 5_678, lag_bytes: 2_000 };
  const following = { ...copying, phase: 'sync', bytes_copied: 1_000_000_000, eta_seconds: 0, sync };
  expect(describeProgress(following, 0)).toEqual({
    phase: 'sync',
    fraction: null,
    parts: ['1,234 transactions with 5,678 rows applied', '2 kB behind'],
    remaining: null,
  });
  expect(describeProgress({ ...following, databases_total: 3 }, null).parts[0]).toBe('3 databases');
});
