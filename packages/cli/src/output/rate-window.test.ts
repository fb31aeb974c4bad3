import { expect, test } from '@jest/globals';
import { RateWindow } from './rate-window.ts';

const rateAfter = (samples: readonly [seconds: number, bytes: number, phase?: string][]): number | null => {
  const window = new RateWindow();
  for (const [seconds, bytes, phase = 'copy'] of samples)
    window.add(seconds * 1000, { phase, bytes_copied: bytes });
  return window.bytesPerSecond();
};

test('one sample has no rate', () => {
  expect(rateAfter([[0, 5]])).toBeNull();
});

test('the rate is that of the last ten seconds, not of the whole run', () => {
  expect(
    rateAfter([
      [0, 0],
      [10, 100],
      [20, 200],
      [30, 5_200],
    ]),
  ).toBe(500);
});

test('a stall shows', () => {
  expect(
    rateAfter([
      [0, 0],
      [1, 1_000],
      [12, 1_000],
    ]),
  ).toBe(0);
});

test('another phase, and an attempt that starts over, are measured anew', () => {
  expect(
    rateAfter([
      [0, 0],
      [1, 1_000],
      [2, 1_000, 'verify'],
    ]),
  ).toBeNull();
  expect(
    rateAfter([
      [0, 0],
      [1, 1_000],
      [2, 10],
      [3, 20],
    ]),
  ).toBe(10);
});
