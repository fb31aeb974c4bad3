import { describe, expect, it } from '@jest/globals';
import { compareLsn, formatLsn, laterLsn, parseLsn } from './lsn.ts';

describe('a position in the log', () => {
  it.each(['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF', '1/0', '0/A'])('keeps its text: %s', (text) => {
    expect(formatLsn(parseLsn(text))).toBe(text);
  });

  it('is ordered by number, not by text', () => {
    const sorted = ['0/0', '0/9', '0/10', '0/FFFFFFFF', '1/0', '9/0', '10/0'];
    expect(sorted.toReversed().sort(compareLsn)).toEqual(sorted);
    expect(compareLsn('1/AB', '1/ab')).toBe(0);
  });

  it('is the later of two', () => {
    expect(laterLsn(5n, 3n)).toBe(5n);
    expect(laterLsn(3n, 5n)).toBe(5n);
  });
});
