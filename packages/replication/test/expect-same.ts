import { expect } from '@jest/globals';
import { runSql } from './database-pair.ts';
import { catchUp, rowsOf, type StreamPair } from './stream-pair.ts';

/** Runs SQL on the source, applies it, and compares what a query gives. */
export async function expectSame(
  pair: StreamPair,
  sql: string,
  query = 'SELECT * FROM t',
): Promise<unknown[]> {
  await runSql(pair.source, sql);
  await catchUp(pair);
  const { source, target } = await rowsOf(pair, query);
  expect(target).toEqual(source);
  return target as unknown[];
}
