import { expect, test } from '@jest/globals';
import { readSeconds } from './read-seconds.ts';

test.each([
  ['10s', 10],
  ['500ms', 0.5],
  ['2m', 120],
  ['1.5 H', 5_400],
  ['10', 10],
  ['0', undefined],
  ['0s', undefined],
  ['10 days', undefined],
  ['-1s', undefined],
  ['s', undefined],
  ['', undefined],
  ['1s2', undefined],
])('%j is %p seconds', (text, expected) => {
  expect(readSeconds(text)).toBe(expected);
});
