import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { countProcessors } from './count-processors.ts';

const here = { isRemote: false, roundTripMs: 0.2 };
const counted = { countsProcessors: true };
/** More than any machine has. */
const lanes = 10_000;

describe('countProcessors', () => {
  it("is this machine's where both servers are here", () => {
    const expected = Math.max(2, availableParallelism());
    expect(countProcessors({ lanes, connections: [here, here], tuning: counted })).toBe(expected);
  });

  it.each([
    ['on another machine', { isRemote: true, roundTripMs: 0.2 }],
    ['behind a tunnel', { isRemote: false, roundTripMs: 3 }],
  ])('is as many as there are lanes where a server is %s', (_where, there) => {
    expect(countProcessors({ lanes, connections: [here, there], tuning: counted })).toBe(lanes);
    expect(countProcessors({ lanes, connections: [there, here], tuning: counted })).toBe(lanes);
  });

  it('is no more than there are lanes, and as many where it is switched off', () => {
    expect(countProcessors({ lanes: 1, connections: [here, here], tuning: counted })).toBe(1);
    const tuning = { countsProcessors: false };
    expect(countProcessors({ lanes, connections: [here, here], tuning })).toBe(lanes);
  });
});
