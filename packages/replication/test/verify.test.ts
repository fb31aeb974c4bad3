import { describe, expect, it } from '@jest/globals';
import type { VerifyResult } from '@seren-replicator/job-models';
import { createDatabase, run, runSql } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(14, 18);

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
    expect(verification.seconds).toBeGreaterThan(0);
    expect(verification.read).toMatchObject({ source: { rows: 500 }, target: { rows: 500 } });
    expect(verification.read?.source.bytes).toBeGreaterThan(8192);
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
