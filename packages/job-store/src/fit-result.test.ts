import { describe, expect, test } from '@jest/globals';
import {
  jobResultSchema,
  type Check,
  type CutoverResult,
  type DatabaseStatus,
  type InitResult,
  type JobResult,
  type StatusResult,
  type SyncResult,
} from '@seren-replicator/job-models';
import { fitResult } from './fit-result.ts';

const check = (status: Check['status'], index: number): Check => ({
  name: `check ${index}`,
  status,
  message: 'm'.repeat(100),
  fix: null,
});
const sizeOf = (result: JobResult): number => Buffer.byteLength(JSON.stringify(result));

describe('a result', () => {
  test('that is small enough is left as it is', () => {
    const result: JobResult = { command: 'validate', checks: [check('pass', 1)] };
    expect(fitResult(result)).toBe(result);
  });

  test('that is too large loses what passed first, from the end', () => {
    const checks = [check('pass', 1), check('fail', 2), check('pass', 3), check('warn', 4)];
    const result: JobResult = { command: 'validate', checks };
    const fitted = fitResult(result, sizeOf(result) - 10);
    expect(fitted).toEqual({ command: 'validate', checks: checks.toSpliced(2, 1), omitted: 1 });
  });

  test('loses what failed too when that alone is too large', () => {
    const checks = Array.from({ length: 100 }, (_, index) => check('fail', index));
    const fitted = fitResult({ command: 'validate', checks }, 1_000);
    expect(sizeOf(fitted)).toBeLessThanOrEqual(1_000);
    expect(fitted).toMatchObject({ checks: [checks[0], checks[1], checks[2], checks[3], checks[4]] });
  });

  test('counts what is left out beside each list, in bytes of UTF-8', () => {
    const result: InitResult = {
      command: 'init',
      databases: 1,
      tables: 1,
      rows: 1,
      bytes: 1,
      seconds: 1,
      phases: [],
      skipped: Array.from({ length: 50 }, () => ({ object: 'ü'.repeat(60), reason: 'r' })),
      verification: {
        tables: Array.from({ length: 50 }, (_, index) => ({
          database: 'db',
          table: `t${index}`,
          source_rows: 1,
          target_rows: 1,
          equal: true,
          difference: null,
        })),
        sequences: [],
        seconds: 1,
      },
    };
    const fitted = fitResult(result, 3_000) as InitResult;
    expect(sizeOf(fitted)).toBeLessThanOrEqual(3_000);
    expect(fitted.verification).toMatchObject({ tables: [], omitted: 50 });
    expect(fitted.skipped.length + (fitted.omitted ?? 0)).toBe(50);
  });
});

describe('a result with a database an entry', () => {
  const long = 'x'.repeat(60);
  const status = (database: string, tables: number): DatabaseStatus => ({
    database,
    state: 'following',
    method: 'stream',
    lag_bytes: 0,
    lag_seconds: 0,
    rate_bytes_per_second: null,
    slot: null,
    tables: Array.from({ length: tables }, (_, index) => ({ table: `${long}${index}`, state: 'following' })),
    drift: [{ object: 'table t', difference: 'gone', fix: 'f' }],
    sequences: [{ sequence: 's', distance: '5' }],
    conflicts: [{ table: 't', key: 'id = 1', message: 'm', fix: 'f' }],
    attention: [{ message: 'm', fix: 'f' }],
  });

  test('loses tables and sequences of each, and keeps what needs somebody to act', () => {
    const databases = [status('a', 500), status('b', 500)];
    const result: StatusResult = { command: 'status', databases, abandoned_slots: [] };
    const fitted = fitResult(result, 4_000) as StatusResult;
    expect(sizeOf(fitted)).toBeLessThanOrEqual(4_000);
    expect(fitted.databases).toHaveLength(2);
    for (const { tables, sequences, omitted, ...kept } of fitted.databases) {
      expect(tables.length + sequences.length + (omitted ?? 0)).toBe(501);
      expect(kept).toMatchObject({ drift: [{}], conflicts: [{}], attention: [{}] });
    }
    expect(jobResultSchema.parse(fitted)).toEqual(fitted);
  });

  test('loses databases when there are too many of them', () => {
    const databases = Array.from({ length: 2_000 }, (_, index) => status(`d${index}`, 1));
    const result: StatusResult = { command: 'status', databases, abandoned_slots: [] };
    const fitted = fitResult(result) as StatusResult;
    expect(sizeOf(fitted)).toBeLessThanOrEqual(100_000);
    expect(fitted.databases.length).toBeGreaterThan(200);
    expect(fitted.databases.length + (fitted.omitted ?? 0)).toBe(2_000);
    expect(jobResultSchema.parse(fitted)).toEqual(fitted);
  });

  test('fits for every command that follows', () => {
    const following = {
      database: 'd',
      method: 'stream' as const,
      reason: 'r',
      tables: 1,
      left_out: Array.from({ length: 3_000 }, (_, index) => ({ object: `${long}${index}`, reason: long })),
    };
    const sync: SyncResult = {
      command: 'sync',
      stopped: false,
      databases: [{ ...following, transactions: 1, rows: 1, repaired: ['r'] }],
      seconds: 1,
    };
    const init: InitResult = {
      command: 'init',
      databases: 1,
      tables: 1,
      rows: 1,
      bytes: 1,
      seconds: 1,
      phases: [],
      skipped: [],
      sync: [following],
      verification: null,
    };
    const step = { step: 's', status: 'done' as const, seconds: 1, detail: long };
    const cutover: CutoverResult = {
      command: 'cutover',
      dry_run: false,
      steps: Array.from({ length: 3_000 }, () => step),
      pause_seconds: 1,
      target: 't',
      reverse: [following],
      verification: null,
    };
    for (const result of [sync, init, cutover]) {
      const fitted = fitResult(result);
      expect(sizeOf(fitted)).toBeLessThanOrEqual(100_000);
      expect(JSON.stringify(fitted)).toContain('"omitted":');
      expect(jobResultSchema.parse(fitted)).toEqual(fitted);
    }
  });
});
