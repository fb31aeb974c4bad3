import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InitResult, VerifyResult } from '@seren-replicator/job-models';
import {
  createDatabase,
  run,
  runSql,
  startServerPair,
  type RunInput,
  type ServerPair,
} from './database-pair.ts';

let servers: ServerPair;

beforeAll(async () => {
  servers = await startServerPair(17, 18);
  for (const server of [servers.source, servers.target]) await runSql(server.url(), 'CREATE ROLE clerk');
});
afterAll(() => servers.stop());

/** What is found to differ between two databases: `object: difference`. */
async function differencesOf(sourceSql: string, targetSql: string, input: Partial<RunInput> = {}) {
  const [source, target] = await Promise.all([
    createDatabase(servers.source, sourceSql),
    createDatabase(servers.target, targetSql),
  ]);
  const { result } = await run({ command: 'verify', source, target, ...input });
  const { verification } = result as VerifyResult;
  return {
    schema: (verification.schema ?? []).map(({ object, difference }) => `${object}: ${difference}`),
    tables: verification.tables.map(({ table }) => table),
  };
}

describe('a difference of schemas', () => {
  it('says what differs, and nothing else', async () => {
    const { schema } = await differencesOf(
      `CREATE TABLE t (a int, b text DEFAULT 'x', c int, d int, CONSTRAINT few CHECK (c < 10));
       CREATE INDEX i ON t (b) WHERE c > 5; CREATE TABLE gone (id int PRIMARY KEY); COMMENT ON TABLE gone IS 'gone';
       CREATE VIEW of_gone AS SELECT * FROM gone; GRANT SELECT ON t TO clerk; CREATE SEQUENCE s`,
      `CREATE TABLE t (e int, d int, c int, b text DEFAULT 'y', a bigint); ALTER TABLE t OWNER TO clerk;
       CREATE INDEX i ON t (b) WHERE c > 6; CREATE TABLE added (); CREATE SEQUENCE s INCREMENT 2`,
    );
    expect(schema).toEqual([
      'table public.gone: missing on the target',
      'grants on table public.t: missing on the target',
      'sequence public.s: … WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1 on the source, ' +
        '… WITH 1 INCREMENT BY 2 NO MINVALUE NO MAXVALUE CACHE 1 on the target',
      'table public.t: column a: integer on the source, bigint on the target; ' +
        `column b: text DEFAULT 'x'::text on the source, text DEFAULT 'y'::text on the target; ` +
        'constraint few: missing on the target; owner: postgres on the source, clerk on the target; and 1 more',
      'index public.i: CREATE INDEX i ON public.t USING btree (b) WHERE (c > 5) on the source, ' +
        'CREATE INDEX i ON public.t USING btree (b) WHERE (c > 6) on the target',
      'table public.added: only on the target',
    ]);
  });

  it('shows no text that may hold a secret', async () => {
    const secrets = (key: string) => `
      CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT ''${key}''';
      CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host '${key}');
      CREATE USER MAPPING FOR clerk SERVER s OPTIONS (password '${key}');
      CREATE FOREIGN TABLE remote (id int OPTIONS (key '${key}')) SERVER s OPTIONS (token '${key}');
      CREATE SUBSCRIPTION sub CONNECTION 'password=${key}' PUBLICATION p WITH (connect = false, slot_name = NONE)`;
    const { schema } = await differencesOf(secrets('first-secret'), secrets('other-secret'));
    expect(schema).toEqual([
      'function public.f(): its definition differs',
      'server s: its definition differs',
      'user mapping clerk SERVER s: its definition differs',
      'foreign table public.remote: its definition differs',
      'subscription sub: its definition differs',
    ]);
  });

  it('is none where only the order of columns and of grants differs', async () => {
    const { schema } = await differencesOf(
      'CREATE TABLE t (a int, b int); GRANT SELECT ON t TO clerk; GRANT INSERT ON t TO PUBLIC',
      'CREATE TABLE t (b int, a int); GRANT INSERT ON t TO PUBLIC; GRANT SELECT ON t TO clerk',
    );
    expect(schema).toEqual([]);
  });

  it('is none where the target has an extension for itself', async () => {
    const { schema } = await differencesOf(
      '',
      `CREATE EXTENSION citext; COMMENT ON EXTENSION citext IS 'ours'`,
    );
    expect(schema).toEqual([]);
  });

  it('is one where an extension is missing', async () => {
    const { schema } = await differencesOf('CREATE EXTENSION citext', '');
    expect(schema).toEqual(['extension citext: missing on the target']);
  });

  it('is none of owners or grants when these are not copied', async () => {
    const sql = [
      'CREATE TABLE t (); GRANT SELECT ON t TO clerk',
      'CREATE TABLE t (); ALTER TABLE t OWNER TO clerk',
    ];
    const [source = '', target = ''] = sql;
    const lost = 'grants on table public.t: missing on the target';
    const given = 'table public.t: owner: postgres on the source, clerk on the target';
    expect((await differencesOf(source, target)).schema).toEqual([given, lost].sort());
    expect(
      (await differencesOf(source, target, { options: { no_owner: true, no_acl: true } })).schema,
    ).toEqual([]);
    expect((await differencesOf(source, target, { options: { no_acl: true } })).schema).toEqual([given]);
  });
});

describe('without a superuser on one side', () => {
  it('what only superusers see is not compared', async () => {
    const sql = `CREATE TABLE t (id int); CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;
      CREATE USER MAPPING FOR clerk SERVER s OPTIONS (password 'secret');
      CREATE SUBSCRIPTION of_t CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false, slot_name = NONE)`;
    const target = new URL(await createDatabase(servers.target, sql));
    await runSql(target.href, `CREATE ROLE auditor LOGIN PASSWORD 'pass' IN ROLE pg_read_all_data`);
    [target.username, target.password] = ['auditor', 'pass'];
    const source = await createDatabase(servers.source, sql);
    const { result } = await run({ command: 'verify', source, target: target.href });
    expect((result as VerifyResult).verification.schema).toEqual([]);
  });
});

describe('a filter', () => {
  const SOURCE = `CREATE TABLE kept (id int PRIMARY KEY); CREATE TABLE left_out (id int PRIMARY KEY, k int REFERENCES kept);
    CREATE VIEW of_left_out AS SELECT * FROM left_out; CREATE TABLE bare (id int)`;
  const TARGET = `CREATE TABLE kept (id int); CREATE TABLE left_out (other text); CREATE INDEX i ON left_out (other);
    CREATE TABLE bare (id bigint); CREATE TABLE own (id int); CREATE INDEX own_id ON own (id)`;

  it('that leaves a table out takes it and what stands on it out of the comparison', async () => {
    const { schema, tables } = await differencesOf(SOURCE, TARGET, {
      filter: { exclude_tables: ['left_out'] },
    });
    expect(tables).toEqual(['public.kept', 'public.bare']);
    expect(schema.map((text) => text.split(':')[0])).toEqual([
      'constraint public.kept kept_pkey',
      'table public.bare',
      'table public.kept',
      'table public.own',
    ]);
  });

  it('that asks for some tables says nothing of others', async () => {
    const { schema, tables } = await differencesOf(SOURCE, TARGET, { filter: { include_tables: ['kept'] } });
    expect(tables).toEqual(['public.kept']);
    expect(schema.map((text) => text.split(':')[0])).toEqual([
      'constraint public.kept kept_pkey',
      'table public.kept',
    ]);
  });

  it('that leaves rows out compares the schema of their table', async () => {
    const filter = { schema_only_tables: ['bare'], exclude_tables: ['left_out', 'kept'] };
    const { schema, tables } = await differencesOf(SOURCE, TARGET, { filter });
    expect(tables).toEqual([]);
    expect(schema).toContain('table public.bare: column id: integer on the source, bigint on the target');
  });
});

describe('init', () => {
  it('tells of what the target gave to the objects that it created', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t AS SELECT 1 AS id');
    const target = await createDatabase(
      servers.target,
      'ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO clerk',
    );
    const { result, failure } = await run({ source, target });
    expect((result as InitResult).verification?.schema?.map(({ object }) => object)).toEqual([
      'grants on table public.t',
      'default privileges for tables of postgres',
    ]);
    expect(failure).toMatchObject({
      code: 'contents_differ',
      message: expect.stringContaining('grants on table'),
    });
  });
});
