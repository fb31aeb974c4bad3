/** What a superuser made at the source, and an ordinary role of the target cannot have. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Check, InitResult, ValidateResult } from '@seren-replicator/job-models';
import {
  asUser,
  createDatabase,
  run,
  runSql,
  startServerPair,
  uniqueName,
  unusedDatabaseUrl,
  type ServerPair,
} from './database-pair.ts';

let servers: ServerPair;
let migrator: string;

beforeAll(async () => {
  servers = await startServerPair(17, 18);
  migrator = uniqueName('migrator');
  await runSql(servers.target.url(), `CREATE ROLE ${migrator} LOGIN PASSWORD '${migrator}' CREATEDB`);
});
afterAll(() => servers.stop());

function newTarget(): string {
  return asUser(unusedDatabaseUrl(servers.target), migrator);
}

const options = { no_owner: true };

async function checkOf(source: string, target: string, name: string): Promise<Check | undefined> {
  const { result } = await run({ command: 'validate', source, target, options });
  return (result as ValidateResult).checks.find((check) => check.name === name);
}

async function exists(target: string): Promise<boolean> {
  const rows = await runSql(servers.target.url(), 'SELECT 1 FROM pg_database WHERE datname = $1', [
    new URL(target).pathname.slice(1),
  ]);
  return rows.length > 0;
}

describe('what nothing else stands on', () => {
  it('is left out and told, with all that belongs to it', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE SCHEMA s; CREATE TABLE s.u (id int);
       CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f(); COMMENT ON EVENT TRIGGER e IS 'c';
       CREATE PUBLICATION everything FOR ALL TABLES; COMMENT ON PUBLICATION everything IS 'c';
       CREATE PUBLICATION of_schema FOR TABLE t, TABLES IN SCHEMA s; CREATE PUBLICATION plain FOR TABLE t;
       CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false)`,
    );
    const target = newTarget();
    const check = await checkOf(source, target, 'superuser objects');
    expect(check).toMatchObject({ status: 'warn' });
    for (const name of [
      'event trigger e',
      'publication everything',
      'publication of_schema',
      'subscription sub',
    ]) {
      expect(check?.message).toContain(name);
    }
    const { result, failure } = await run({ source, target, options });
    expect(failure).toBeNull();
    expect((result as InitResult).skipped.map(({ object }) => object).toSorted()).toEqual([
      'event trigger e',
      'publication everything',
      'publication tables in schema s.of_schema s',
      'subscription sub',
    ]);
    expect(await runSql(target, 'SELECT * FROM t')).toEqual([{ id: 1 }]);
    const publications = 'SELECT pubname, tablename FROM pg_publication_tables ORDER BY 1';
    expect(await runSql(target, publications)).toEqual([
      { pubname: 'of_schema', tablename: 't' },
      { pubname: 'plain', tablename: 't' },
    ]);
    await runSql(source, 'ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub');
  });

  it('is told too when it is the source that hides it from an ordinary role', async () => {
    const owner = uniqueName('owner');
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${owner} LOGIN PASSWORD '${owner}';
       CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere.invalid' PUBLICATION p WITH (connect = false)`,
    );
    const { result } = await run({
      source: asUser(source, owner),
      target: unusedDatabaseUrl(servers.target),
    });
    expect((result as InitResult).skipped).toContainEqual({
      object: 'subscription sub',
      reason: expect.stringContaining('superuser of the source'),
    });
    await runSql(source, 'ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub');
  });

  it('grants on what belongs to the server are told, and the copy goes on', async () => {
    const reader = uniqueName('reader');
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${reader}; CREATE TABLE t (id int); GRANT SELECT ON t TO ${reader};
       GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO ${reader};
       GRANT USAGE ON LANGUAGE plpgsql TO ${reader}`,
    );
    await runSql(servers.target.url(), `CREATE ROLE ${reader}`);
    const target = newTarget();
    const { result, failure } = await run({ source, target, options });
    expect(failure).toBeNull();
    const { skipped } = result as InitResult;
    expect(skipped.map(({ object }) => object).toSorted()).toEqual([
      'grants on function pg_catalog.pg_read_file(text)',
      // No error, but a warning that nothing was granted.
      'grants on language plpgsql',
    ]);
    expect(await runSql(target, `SELECT has_table_privilege('${reader}', 't', 'SELECT') AS may`)).toEqual([
      { may: true },
    ]);
  });
});

describe('what other objects need', () => {
  it.each([
    [
      'a function in C',
      `CREATE FUNCTION f(text) RETURNS text LANGUAGE internal AS 'upper'`,
      'function public.f (language internal)',
    ],
    [
      'a leakproof function',
      `CREATE FUNCTION f() RETURNS int LEAKPROOF LANGUAGE sql AS 'SELECT 1'`,
      'function public.f (leakproof)',
    ],
    [
      'an operator class',
      'CREATE OPERATOR CLASS o FOR TYPE int4 USING hash AS OPERATOR 1 =',
      'operator class public.o, operator family public.o',
    ],
    ['a foreign data wrapper', 'CREATE FOREIGN DATA WRAPPER w', 'foreign data wrapper w'],
    ['a cast without a function', 'CREATE CAST (oid AS date) WITHOUT FUNCTION', 'cast (oid AS date)'],
  ])('%s', async (_name, sql, named) => {
    const source = await createDatabase(servers.source, sql);
    const target = newTarget();
    const check = await checkOf(source, target, 'superuser objects');
    expect(check).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(named),
    });
    await expect(run({ source, target, options })).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await exists(target)).toBe(false);
    const superuser = await checkOf(source, unusedDatabaseUrl(servers.target), 'superuser objects');
    expect(superuser).toMatchObject({ status: 'pass' });
  });

  it('an extension is refused unless it is trusted, or there already', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE EXTENSION citext; CREATE EXTENSION pageinspect; CREATE TYPE span AS RANGE (SUBTYPE = float8)',
    );
    const target = newTarget();
    const check = await checkOf(source, target, 'extension privileges');
    expect(check).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/extensions pageinspect, which/),
      fix: expect.stringContaining('CREATE EXTENSION "pageinspect"'),
    });
    await expect(run({ source, target, options })).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await exists(target)).toBe(false);

    const name = new URL(target).pathname.slice(1);
    await runSql(servers.target.url(), `CREATE DATABASE ${name} OWNER ${migrator}`);
    await runSql(servers.target.url(name), 'CREATE EXTENSION pageinspect');
    const { result, failure } = await run({ source, target, options });
    expect(failure).toBeNull();
    expect((result as InitResult).skipped).toEqual([
      { object: 'comment on extension pageinspect', reason: expect.stringContaining('owner') },
    ]);
  });

  it('tables whose row security is forced cannot be verified', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (id int); INSERT INTO t VALUES (1); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY',
    );
    const target = newTarget();
    expect(await checkOf(source, target, 'target row security')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('public.t'),
    });
    await expect(run({ source, target, options })).rejects.toMatchObject({ code: 'row_security' });
    const { failure } = await run({ source, target, options: { ...options, verify: false } });
    expect(failure).toBeNull();
    const [row] = await runSql(asUser(target, 'postgres', servers.target.password), 'SELECT * FROM t');
    expect(row).toEqual({ id: 1 });
  });
});

describe('a target database of somebody else', () => {
  it('needs CREATE on the schema public, which the check tells', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const target = asUser(await createDatabase(servers.target), migrator);
    const database = new URL(target).pathname.slice(1);
    await runSql(servers.target.url(), `GRANT CREATE ON DATABASE ${database} TO ${migrator}`);
    expect(await checkOf(source, target, 'target schema public')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('schema public'),
    });
    await runSql(servers.target.url(database), `GRANT CREATE ON SCHEMA public TO ${migrator}`);
    const { failure } = await run({ source, target, options });
    expect(failure).toBeNull();
  });

  it('needs CREATE on the schema public for the owners of its objects too', async () => {
    const owner = uniqueName('owner');
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${owner}; CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${owner}`,
    );
    const target = asUser(await createDatabase(servers.target), migrator);
    const database = new URL(target).pathname.slice(1);
    await runSql(
      servers.target.url(database),
      `CREATE ROLE ${owner}; GRANT ${owner} TO ${migrator}; GRANT CREATE ON DATABASE ${database} TO ${migrator};
       GRANT CREATE ON SCHEMA public TO ${migrator}`,
    );
    const { result } = await run({ command: 'validate', source, target });
    const check = (result as ValidateResult).checks.find(({ name }) => name === 'owners');
    expect(check).toMatchObject({ status: 'fail', message: expect.stringContaining(owner) });
    await runSql(servers.target.url(database), check?.fix ?? '');
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(
      await runSql(target, "SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 't'"),
    ).toEqual([{ owner }]);
  });
});
