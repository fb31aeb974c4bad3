import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runSql, startServerPair, type ServerPair } from './database-pair.ts';
import { catchUp, createStreamPair, rowsOf } from './stream-pair.ts';

let servers: ServerPair;
beforeAll(async () => {
  servers = await startServerPair(15, 17);
});
afterAll(() => servers.stop());

async function expectSame(pair: Parameters<typeof rowsOf>[0], query: string): Promise<unknown> {
  const { source, target } = await rowsOf(pair, query);
  expect(target).toEqual(source);
  return target;
}

describe('a stream of changes', () => {
  it('brings rows that are inserted, updated and deleted', async () => {
    const pair = await createStreamPair(servers, 'CREATE TABLE t (id int PRIMARY KEY, v text)');
    await runSql(
      pair.source,
      `INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 1000) AS i;
       UPDATE t SET v = v || '!' WHERE id % 3 = 0;
       DELETE FROM t WHERE id % 5 = 0;`,
    );
    const { rows, transactions } = await catchUp(pair);
    expect({ rows, transactions }).toEqual({ rows: 1000 + 333 + 200, transactions: 1 });
    await expectSame(pair, 'SELECT * FROM t');
  });
});
