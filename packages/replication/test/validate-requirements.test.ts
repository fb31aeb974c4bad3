/** What `validate` finds that the source's database needs of the target: extensions, features. */
import { describe, expect, it } from '@jest/globals';
import { startPostgres } from '@seren-replicator/local-servers';
import { ask } from '../src/catalog/ask.ts';
import { USER_RELATIONS } from '../src/catalog/user-relations.ts';
import { versionQuestions } from '../src/catalog/version-questions.ts';
import { asUser, validate } from './check-finder.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { openSession } from './open-session.ts';
import { useServerPair } from './use-server-pair.ts';

/** The target is older. */
const servers = useServerPair(18, 15);

describe('extensions', () => {
  it('that the target does not have are named', async () => {
    const source = await createDatabase(servers.source, 'CREATE EXTENSION pg_logicalinspect');
    const { find } = await validate({ source, target: unusedDatabaseUrl(servers.target) });
    expect(find('extensions')).toMatchObject({
      status: 'fail',
      message: 'the target server lacks the extensions pg_logicalinspect 1.0',
      fix: expect.stringContaining('DROP EXTENSION "pg_logicalinspect";'),
    });
  });

  it("get the source's version where there is one, and are told of otherwise", async () => {
    const source = await createDatabase(
      servers.source,
      "CREATE EXTENSION hstore VERSION '1.4'; CREATE EXTENSION postgres_fdw",
    );
    const target = unusedDatabaseUrl(servers.target);
    const { find } = await validate({ source, target });
    expect(find('extension versions')).toMatchObject({
      status: 'warn',
      message: 'extensions will have another version: postgres_fdw 1.2 → 1.1',
    });
    expect((await run({ source, target })).failure).toBeNull();
    expect(
      await runSql(
        target,
        `SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1`,
      ),
    ).toEqual([
      { extname: 'hstore', extversion: '1.4' },
      { extname: 'postgres_fdw', extversion: '1.1' },
    ]);
  });

  it('that are there already are moved and updated as told', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE SCHEMA "Ext"; CREATE EXTENSION hstore SCHEMA "Ext"',
    );
    const target = await createDatabase(servers.target, "CREATE EXTENSION hstore VERSION '1.4'");
    const { find } = await validate({ source, target });
    expect(find('extension schemas')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('hstore in public instead of Ext'),
    });
    expect(find('extension versions')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('hstore 1.8 → 1.4'),
    });
    await runSql(target, find('extension schemas').fix ?? '');
    await runSql(target, find('extension versions').fix ?? '');
    const after = await validate({ source, target });
    expect(after.find('extension schemas').status).toBe('pass');
    expect(after.find('extension versions').status).toBe('pass');
  });

  it('that are not trusted need a superuser, who is told what to create', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE EXTENSION citext; CREATE EXTENSION pageinspect',
    );
    await runSql(servers.target.url(), "CREATE ROLE builder LOGIN PASSWORD 'builder' CREATEDB");
    const target = unusedDatabaseUrl(servers.target);
    const asBuilder = asUser(target, 'builder');
    const check = (await validate({ source, target: asBuilder })).find('extension privileges');
    expect(check).toMatchObject({
      status: 'fail',
      message: 'only a superuser may create the extensions pageinspect, which the target role builder is not',
    });
    const [inServer, inDatabase] = (check.fix ?? '').split('\n');
    await runSql(servers.target.url(), inServer ?? '');
    await runSql(target, inDatabase ?? '');
    const after = await validate({ source, target: asBuilder });
    expect(after.find('extension privileges').status).toBe('pass');
    expect((await validate({ source, target })).find('extension privileges').status).toBe('pass');
  });

  it('that do nothing unless they are loaded at the start are told of', async () => {
    const source = await createDatabase(servers.source, 'CREATE EXTENSION pg_stat_statements');
    const target = await startPostgres({
      major: 17,
      settings: { shared_preload_libraries: 'pg_prewarm' },
    });
    try {
      const input = { source, target: unusedDatabaseUrl(target) };
      const check = (await validate(input)).find('preloaded libraries');
      expect(check).toMatchObject({ status: 'warn', message: expect.stringContaining('pg_stat_statements') });
      await runSql(target.url(), "CREATE ROLE plain LOGIN PASSWORD 'plain' CREATEDB");
      const unseen = await validate({ ...input, target: asUser(input.target, 'plain') });
      expect(unseen.find('preloaded libraries').message).toContain('does not say');
      await runSql(target.url(), check.fix ?? '');
      const [written] = await runSql(
        target.url(),
        "SELECT setting FROM pg_file_settings WHERE name = 'shared_preload_libraries'",
      );
      expect(written?.['setting']).toBe('pg_prewarm, pg_stat_statements');
      await target.restart({ shared_preload_libraries: 'pg_prewarm, pg_stat_statements' });
      expect((await validate(input)).find('preloaded libraries').status).toBe('pass');
    } finally {
      await target.stop();
    }
  });
});

it('tablespaces that the target lacks are named', async () => {
  // A tablespace inside of the data directory is made for tests (allow_in_place_tablespaces, since 15).
  const { source } = servers;
  await source.restart({ allow_in_place_tablespaces: true });
  await runSql(source.url(), `CREATE TABLESPACE "Fast" LOCATION ''`);
  const database = await createDatabase(source, 'CREATE TABLE t (id int) TABLESPACE "Fast"');
  const { find } = await validate({ source: database, target: unusedDatabaseUrl(servers.target) });
  expect(find('tablespaces')).toMatchObject({
    status: 'fail',
    message: 'the target lacks the tablespaces Fast',
    fix: expect.stringContaining('CREATE TABLESPACE "Fast" LOCATION'),
  });
});

describe('what an older target does not know', () => {
  it.each([
    [
      'virtual generated columns',
      'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL)',
      'public.t',
    ],
    [
      'keys over periods (WITHOUT OVERLAPS, PERIOD)',
      'CREATE EXTENSION btree_gist; CREATE TABLE t (id int, during daterange, UNIQUE (id, during WITHOUT OVERLAPS))',
      'public.t t_id_during_key',
    ],
    [
      'constraints that are not enforced',
      'CREATE TABLE t (a int CONSTRAINT c CHECK (a > 0) NOT ENFORCED)',
      'public.t c',
    ],
    [
      'NOT NULL constraints that are not valid',
      'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT nn NOT NULL a NOT VALID',
      'public.t nn',
    ],
    [
      'identity columns of partitioned tables',
      'CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, p int) PARTITION BY LIST (p)',
      'public.t',
    ],
    [
      'grants of MAINTAIN without all else',
      'CREATE TABLE t (); GRANT MAINTAIN ON t TO pg_monitor',
      'public.t',
    ],
    ['collations of the builtin provider', 'CREATE TABLE t (a text COLLATE "pg_c_utf8")', 'pg_c_utf8'],
    [
      'collations with rules of their own',
      "CREATE COLLATION c (provider = icu, locale = '', rules = '&a < g')",
      'c',
    ],
  ])('%s', async (feature, sql, example) => {
    const source = await createDatabase(servers.source, sql);
    const target = unusedDatabaseUrl(servers.target);
    const check = (await validate({ source, target })).find('unknown features');
    expect(check).toMatchObject({
      status: 'fail',
      message: expect.stringContaining(`${feature} (1, as ${example})`),
    });
    const newer = await validate({ source, target: unusedDatabaseUrl(servers.source) });
    expect(newer.find('unknown features').status).toBe('pass');
  });

  it('types of columns, arrays and domains looked through', async () => {
    // A type that this server has under another name stands for one that only newer servers have.
    const source = await createDatabase(
      servers.source,
      `UPDATE pg_type SET typname = 'macaddr9' WHERE typname = 'macaddr8';
       UPDATE pg_type SET typname = 'circles' WHERE typname = 'circle';
       CREATE DOMAIN address AS macaddr9; CREATE TABLE t (a address, b circles[])`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { find } = await validate({ source, target });
    expect(find('unknown features')).toMatchObject({
      status: 'fail',
      message: 'PostgreSQL 15 of the target has no type circles; no type macaddr9',
    });
    const without = await validate({ source, target, filter: { exclude_tables: ['t'] } });
    expect(without.find('unknown features').status).toBe('pass');
  });

  it('is left out with the tables that use it, and does not count what extensions made', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE EXTENSION cube; CREATE EXTENSION earthdistance; CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a) VIRTUAL)',
    );
    const target = unusedDatabaseUrl(servers.target);
    const { find } = await validate({ source, target, filter: { exclude_tables: ['t'] } });
    expect(find('unknown features').status).toBe('pass');
    expect(find('server versions')).toMatchObject({ status: 'warn' });
    expect((await run({ source, target, filter: { exclude_tables: ['t'] } })).failure).toBeNull();
  });

  it('is said of features of 14 to 17 too', async () => {
    const old = await startPostgres({ major: 14 });
    try {
      const source = await createDatabase(
        servers.target,
        `CREATE TABLE n (id int UNIQUE NULLS NOT DISTINCT); CREATE VIEW v WITH (security_invoker) AS SELECT 1;
         CREATE TABLE parent (id int PRIMARY KEY, b int); CREATE TABLE child (a int, b int,
           FOREIGN KEY (a) REFERENCES parent ON DELETE SET NULL (a));
         CREATE UNLOGGED SEQUENCE s; CREATE PUBLICATION p FOR TABLES IN SCHEMA public`,
      );
      const { find } = await validate({ source, target: unusedDatabaseUrl(old) });
      const { status, message } = find('unknown features');
      expect(status).toBe('fail');
      for (const part of [
        'unique NULLS NOT DISTINCT (1, as public.n_id_key)',
        'views with security_invoker (1, as public.v)',
        'foreign keys that set single columns to NULL (1, as public.child child_a_fkey)',
        'unlogged sequences (1, as public.s)',
        'publications of schemas, columns or rows (1, as p)',
      ]) {
        expect(message).toContain(part);
      }
    } finally {
      await old.stop();
    }
  });
});

it('what a newer target has given up is found in a server as old as that', async () => {
  const old = await startPostgres({ major: 14 });
  try {
    // 14 itself can still hold what it no longer lets anybody create.
    const url = await createDatabase(
      old,
      `CREATE OPERATOR !!! (FUNCTION = int4um, RIGHTARG = int4);
       UPDATE pg_operator SET oprleft = oprright, oprright = 0, oprkind = 'r' WHERE oprname = '!!!';
       CREATE AGGREGATE gathered (anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray);
       CREATE CONVERSION mine FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
    );
    const { session, close } = await openSession(url);
    const { unknownFeatures } = await ask(session, 'tell', {
      questions: versionQuestions(13, 18),
      tables: USER_RELATIONS,
      values: [[], []],
    });
    await close();
    expect(unknownFeatures).toEqual([
      { feature: 'postfix operators', count: 1, example: 'public.!!!(integer,NONE)' },
      { feature: 'conversions between encodings', count: 1, example: 'mine' },
      { feature: 'aggregates over the array functions of anyarray', count: 1, example: expect.any(String) },
    ]);
  } finally {
    await old.stop();
  }
});

it('a column that a child alone generates is found before a newer target refuses it', async () => {
  const source = await createDatabase(
    servers.target,
    `CREATE TABLE parent (id int, twice int); CREATE TABLE other (id int, twice int GENERATED ALWAYS AS (id * 2) STORED);
     CREATE TABLE child (CHECK (id > 0)) INHERITS (other);
     CREATE TABLE alone (twice int GENERATED ALWAYS AS (id * 2) STORED) INHERITS (parent)`,
  );
  const target = unusedDatabaseUrl(servers.source);
  const { find } = await validate({ source, target });
  expect(find('unknown features')).toMatchObject({
    status: 'fail',
    message:
      'PostgreSQL 18 of the target has no generated columns of children whose parents do not generate them (1, as public.alone twice)',
  });
  const without = await validate({ source, target, filter: { exclude_tables: ['alone'] } });
  expect(without.find('unknown features').status).toBe('pass');
});
