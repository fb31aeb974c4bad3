import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { PostgresServer } from '@seren-replicator/local-servers';
import { run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 18);

async function createEncoded(server: PostgresServer, encoding: string, sql = ''): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runSql(server.url(), `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`);
  const url = server.url(name);
  if (sql !== '') await runSql(url, sql);
  return url;
}

/** `caf` and a byte that is an é in LATIN1 and nothing in UTF-8; large enough for several lanes. */
const NO_UTF8 = `
  CREATE TABLE "Grüße" (id int, v text, "é" text, pad text);
  INSERT INTO "Grüße" SELECT i, convert_from('\\x636166e9'::bytea || convert_to(i::text, 'SQL_ASCII'), 'SQL_ASCII'), 'é', repeat('x', 1900)
    FROM generate_series(1, 10000) AS i;
  CREATE TABLE dated AS SELECT v, date '2024-02-29' AS at FROM "Grüße" LIMIT 1`;
const BYTES = `SELECT md5(string_agg(convert_to(v, 'SQL_ASCII')::text, ',' ORDER BY id)) AS bytes, count(*)::int AS n,
                      min(convert_to("é", 'SQL_ASCII')::text) AS e FROM "Grüße"`;

describe('a database without an encoding', () => {
  it.each(['whole', 'split'])('keeps bytes that are no UTF-8, with tables copied %s', async (how) => {
    const source = await createEncoded(servers.source, 'SQL_ASCII', NO_UTF8);
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({
      source,
      target,
      ...(how === 'split' && { options: { jobs: 3 }, tuning: { minPartBytes: 8192 } }),
    });
    expect(failure).toBeNull();
    expect(await runSql(target, BYTES)).toEqual(await runSql(source, BYTES));
    const ofDated = `SELECT convert_to(v, 'SQL_ASCII')::text AS v, at FROM dated`;
    expect(await runSql(target, ofDated)).toEqual(await runSql(source, ofDated));
    expect(await runSql(target, 'SELECT count(DISTINCT xmin::text) > 1 AS split FROM "Grüße"')).toEqual([
      { split: how === 'split' },
    ]);
    expect(await runSql(target, 'SHOW server_encoding')).toEqual([{ server_encoding: 'SQL_ASCII' }]);
  });

  it('is refused by a target with one when a text is not valid there, and says so', async () => {
    const source = await createEncoded(servers.source, 'SQL_ASCII', NO_UTF8);
    const target = await createEncoded(servers.target, 'UTF8');
    await expect(run({ source, target })).rejects.toMatchObject({
      message: expect.stringContaining('invalid byte sequence for encoding "UTF8"') as unknown,
    });
  });
});

describe('databases of different encodings', () => {
  const TEXTS = `CREATE TABLE "Grüße" (id int, "é" text); INSERT INTO "Grüße" VALUES (1, 'Grüße, ½ ¶'), (2, NULL), (3, '')`;
  const READ = 'SELECT * FROM "Grüße" ORDER BY id';

  it.each([
    ['LATIN1', 'UTF8'],
    ['UTF8', 'LATIN1'],
    ['LATIN1', 'LATIN1'],
    ['EUC_JIS_2004', 'EUC_JIS_2004'],
  ])('hold the same texts: %s to %s', async (from, to) => {
    const sql = from.startsWith('EUC') ? TEXTS.replaceAll('½ ', '').replaceAll('ß', '日') : TEXTS;
    const read = from.startsWith('EUC') ? READ.replaceAll('ß', '日') : READ;
    const source = await createEncoded(servers.source, from, sql);
    const target = await createEncoded(servers.target, to);
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(await runSql(target, read)).toEqual(await runSql(source, read));
  });

  it('are refused when a text cannot be written in the other one', async () => {
    const source = await createEncoded(
      servers.source,
      'UTF8',
      `CREATE TABLE t (v text); INSERT INTO t VALUES ('日')`,
    );
    const target = await createEncoded(servers.target, 'LATIN1');
    await expect(run({ source, target })).rejects.toMatchObject({
      message: expect.stringContaining('has no equivalent in encoding "LATIN1"') as unknown,
    });
  });
});
