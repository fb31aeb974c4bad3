import { describe, expect, it } from '@jest/globals';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('lets a burst through, then asks to wait as long as the rate takes', () => {
    const limit = new RateLimit(1_000_000);
    expect(limit.take(100_000, 0)).toBe(0);
    expect(limit.take(500_000, 0)).toBe(500);
    expect(limit.take(500_000, 600)).toBe(400);
  });

  it('does not save up what was not used', () => {
    const limit = new RateLimit(1_000_000);
    limit.take(1, 0);
    expect(limit.take(1_100_000, 60_000)).toBe(1_000);
  });

  it('never asks to wait without a limit', () => {
    expect(new RateLimit(null).take(Number.MAX_SAFE_INTEGER, 0)).toBe(0);
  });
});
