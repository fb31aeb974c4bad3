import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { VerifyResult } from '@seren-replicator/job-models';
import { createDatabase, run, runSql, startServerPair, type ServerPair } from './database-pair.ts';

let servers: ServerPair;

beforeAll(async () => {
  servers = await startServerPair(14, 18);
});
afterAll(() => servers.stop());

const SCHEMA = `
  CREATE TABLE t (id int, a text, b text, f float8, j json, s timestamptz);
  CREATE SEQUENCE seq;
  INSERT INTO t SELECT i, 'a' || i, CASE WHEN i % 2 = 0 THEN '' END, i / 3.0, '{"k": 1, "k": 2}', '2024-02-01 12:00Z'
    FROM generate_series(1, 500) AS i;
  SELECT nextval('seq')`;

async function verify(source: string, target: string) {
  const { result, failure } = await run({ command: 'verify', source, target });
  const { verification } = result as VerifyResult;
  const differences = [...verification.tables, ...verification.sequences].filter(({ equal }) => !equal);
  return { failure, differences, verification };
}

describe('verify', () => {
  it('finds equal contents equal, whatever the order of rows and columns and the defaults of the database', async () => {
    const source = await createDatabase(servers.source, SCHEMA);
    const target = await createDatabase(
      servers.target,
      `CREATE TABLE t (gone int, s timestamptz, j json, f float8, b text, a text, id int); ALTER TABLE t DROP gone;
       CREATE SEQUENCE seq; SELECT nextval('seq');
       INSERT INTO t (id, a, b, f, j, s)
         SELECT i, 'a' || i, CASE WHEN i % 2 = 0 THEN '' END, i / 3.0, '{"k": 1, "k": 2}', '2024-02-01 12:00Z'
         FROM generate_series(500, 1, -1) AS i`,
    );
    const name = new URL(target).pathname.slice(1);
    await runSql(
      servers.target.url(),
      `ALTER DATABASE ${name} SET datestyle = 'SQL, DMY'; ALTER DATABASE ${name} SET extra_float_digits = 0;
       ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`,
    );
    const { failure, differences, verification } = await verify(source, target);
    expect(differences).toEqual([]);
    expect(failure).toBeNull();
    expect(verification.tables).toMatchObject([{ table: 'public.t', source_rows: 500, target_rows: 500 }]);
  });

  it.each([
    ['a changed character', "UPDATE t SET a = 'b7' WHERE id = 7"],
    ['NULL in place of an empty string', 'UPDATE t SET b = NULL WHERE id = 8'],
    ['an empty string in place of NULL', "UPDATE t SET b = '' WHERE id = 7"],
    ['a missing row', 'DELETE FROM t WHERE id = 9'],
    ['a duplicated row', 'INSERT INTO t SELECT * FROM t WHERE id = 9'],
    [
      'one row twice in place of another',
      'UPDATE t SET (id, a, b, f) = (SELECT id, a, b, f FROM t WHERE id = 2) WHERE id = 4',
    ],
    ['values swapped between columns', 'UPDATE t SET a = b, b = a WHERE id = 10'],
    ["a float's last bit", 'UPDATE t SET f = f * (1 + 2.3e-16) WHERE id = 11'],
    ['another order of JSON keys', `UPDATE t SET j = '{"k": 2, "k": 1}' WHERE id = 12`],
    ['a microsecond', "UPDATE t SET s = s + '1 microsecond' WHERE id = 13"],
    ['a sequence one behind', "SELECT setval('seq', 1, false)"],
    ['a missing table', 'DROP TABLE t'],
    ['a missing column', 'ALTER TABLE t DROP b'],
    ['a column too many', 'ALTER TABLE t ADD extra int'],
    ['a missing sequence', 'DROP SEQUENCE seq'],
  ])('finds %s', async (_name, change) => {
    const source = await createDatabase(servers.source, SCHEMA);
    const target = await createDatabase(servers.target, SCHEMA);
    await runSql(target, change);
    const { failure, differences } = await verify(source, target);
    expect(failure).toMatchObject({ code: 'contents_differ' });
    expect(differences).toHaveLength(1);
  });

  it('compares databases of different encodings', async () => {
    const source = await createDatabase(
      servers.source,
      "CREATE TABLE t (a text); INSERT INTO t VALUES ('Zürich')",
    );
    await runSql(
      servers.target.url(),
      "CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'",
    );
    const target = servers.target.url('latin1');
    await runSql(target, "CREATE TABLE t (a text); INSERT INTO t VALUES ('Zürich')");
    expect((await verify(source, target)).failure).toBeNull();
    await runSql(target, "UPDATE t SET a = 'Zurich'");
    expect((await verify(source, target)).failure).toMatchObject({ code: 'contents_differ' });
  });
});
