import { describe, expect, test } from '@jest/globals';
import type { Check, InitResult, JobResult } from '@seren-replicator/job-models';
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
