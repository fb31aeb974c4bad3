import { describe, expect, it } from '@jest/globals';
import { countParts } from './count-parts.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 18);

describe('a table among others', () => {
  it('is copied in parts only where it is more than its share, and keeps the order of its rows otherwise', async () => {
    const names = ['first', 'second', 'third'];
    const fill = (name: string, rows: number) =>
      `CREATE TABLE ${name} (i int, pad text);
       INSERT INTO ${name} SELECT i, repeat('x', 1900) FROM generate_series(1, ${rows}) AS i;`;
    const source = await createDatabase(
      servers.source,
      names.map((name) => fill(name, 1_500)).join('') + fill('large', 12_000),
    );
    const target = unusedDatabaseUrl(servers.target);
    const inParts = { options: { jobs: 3 }, tuning: { minPartBytes: 1024 * 1024 } };
    expect((await run({ source, target, ...inParts })).failure).toBeNull();
    expect(await countParts(target, 'large')).toBeGreaterThan(3);
    for (const name of names) {
      expect(await countParts(target, name)).toBe(1);
      const sql = `SELECT count(*)::int AS n FROM (SELECT i, row_number() OVER (ORDER BY ctid) AS at FROM ${name}) AS t WHERE i <> at`;
      expect(await runSql(target, sql)).toEqual([{ n: 0 }]);
    }
  });
});
