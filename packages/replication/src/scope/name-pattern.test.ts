import { expect, it } from '@jest/globals';
import { parseDatabasePattern } from './name-pattern.ts';

it.each([
  ['shop', 'shop', true],
  ['shop', 'Shop', false],
  ['sh*', 'shop', true],
  ['a.b', 'axb', false],
  ['"sh*"', 'shop', false],
  ['"sh*"', 'sh*', true],
  ['"a ""b"""', 'a "b"', true],
])('the database filter %s means the database %s: %s', (pattern, name, isMeant) => {
  expect(parseDatabasePattern(pattern).matches(name)).toBe(isMeant);
});
