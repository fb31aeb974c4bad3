import { expect, test } from '@jest/globals';
import { StatementCache } from './statement-cache.ts';
import type { Shape } from './statement.ts';

const shape = (sql: string): Shape => ({ sqlFor: (rows: number) => `${sql} ${rows}` }) as Shape;

test('a statement is prepared once while it is in use, and again when it was forgotten', () => {
  const known = new Map<string, string>();
  const cache = new StatementCache({
    prepare: ({ name, sql }) => known.set(name, sql),
    forget: (name) => known.delete(name),
  });
  const first = shape('first');
  const name = cache.nameOf(first, 1);
  expect(cache.nameOf(first, 1)).toBe(name);
  for (let index = 0; index < 1_000; index += 1) cache.nameOf(shape(`other ${index}`), 1);
  expect(known.size).toBe(400);
  const again = cache.nameOf(first, 1);
  expect(again).not.toBe(name);
  expect(cache.nameOf(first, 1)).toBe(again);
  expect(known.get(again.toString().slice(0, -1))).toBe('first 1');
  expect(known.size).toBe(400);
});
