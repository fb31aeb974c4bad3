import { expect, test } from '@jest/globals';
import { readBytes } from './read-bytes.ts';

test.each([
  ['65536', 65_536],
  ['50MB', 50_000_000],
  ['50 mb', 50_000_000],
  ['1.5GiB', 1_610_612_736],
  ['1KiB', 1_024],
  ['123456789012', 123_456_789_012],
])('%s is %i bytes', (text, expected) => {
  expect(readBytes(text)).toBe(expected);
});

test.each(['', '0', '0MB', '-1', 'MB', '5 parsecs', '1e3', '1,5GB', '50MB/s'])('%j is no size', (text) => {
  expect(readBytes(text)).toBeUndefined();
});
