/** Copies from and to servers where nobody is a superuser, as hosted services have it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InitResult, ValidateResult } from '@seren-replicator/job-models';
import type { PostgresMajor } from '@seren-replicator/local-servers';
import pg from 'pg';
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

/** Whom, with what, with which privileges: of everything in a database that has an owner or grants. */
const OWNERS_AND_GRANTS = `
  SELECT 'schema' AS kind, nspname::text AS name, pg_get_userbyid(nspowner)::text AS owner, nspacl AS acl
  FROM pg_namespace WHERE nspname IN ('public', 'own', 'closed')
  UNION ALL SELECT relkind::text, oid::regclass::text, pg_get_userbyid(relowner), relacl FROM pg_class
    WHERE relkind IN ('r', 'v', 'm', 'S', 'p') AND relnamespace::regnamespace::text IN ('public', 'own', 'closed')
  UNION ALL SELECT 'function', oid::regprocedure::text, pg_get_userbyid(proowner), proacl FROM pg_proc
    WHERE pronamespace::regnamespace::text IN ('public', 'own', 'closed')
  UNION ALL SELECT 'type', oid::regtype::text, pg_get_userbyid(typowner), typacl FROM pg_type
    WHERE typtype IN ('d', 'e') AND typnamespace::regnamespace::text IN ('public', 'own', 'closed')
  UNION ALL SELECT 'statistics', stxname, pg_get_userbyid(stxowner), NULL FROM pg_statistic_ext
  UNION ALL SELECT 'publication', pubname, pg_get_userbyid(pubowner), NULL FROM pg_publication
  UNION ALL SELECT 'large object', oid::text, pg_get_userbyid(lomowner), lomacl FROM pg_largeobject_metadata`;
const COMPARABLE = `
  SELECT kind, name, owner, (SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM unnest(acl) AS item) AS acl
  FROM (${OWNERS_AND_GRANTS}) AS o ORDER BY 1, 2`;

interface Names {
  owner: string;
  other: string;
  reader: string;
}

/** What two ordinary roles have made in a database of one of them, in "public" and in schemas of their own. */
function objectsOf({ owner, other, reader }: Names): string {
  return `
    SET ROLE ${owner};
    CREATE SCHEMA own; CREATE SCHEMA closed; GRANT CREATE, USAGE ON SCHEMA own TO ${other}; GRANT CREATE ON SCHEMA public TO ${other};
    CREATE TABLE public.t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, n int);
    INSERT INTO t (v, n) SELECT i::text, i % 10 FROM generate_series(1, 1000) AS i;
    CREATE STATISTICS public.st ON v, n FROM t; CREATE INDEX ON t (n);
    CREATE TYPE own.mood AS ENUM ('ok'); CREATE DOMAIN own.positive AS int CHECK (VALUE > 0);
    CREATE TABLE closed.c (id int); INSERT INTO closed.c VALUES (1);
    CREATE FUNCTION own.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION own.f();
    ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO ${reader} USING (true);
    CREATE MATERIALIZED VIEW own.m AS SELECT count(*) AS n FROM t;
    CREATE EXTENSION citext SCHEMA own; CREATE TABLE own.ci (c own.citext PRIMARY KEY); INSERT INTO own.ci VALUES ('A');
    SELECT lo_from_bytea(77, 'seventy-seven'); GRANT SELECT ON LARGE OBJECT 77 TO ${reader}, ${owner};
    GRANT SELECT ON t TO ${reader} WITH GRANT OPTION; GRANT SELECT (v) ON t TO ${other}; GRANT REFERENCES (id) ON t TO ${other};
    SET ROLE ${reader}; GRANT SELECT ON t TO ${other}; SET ROLE ${owner};
    REVOKE EXECUTE ON FUNCTION own.f() FROM PUBLIC; CREATE PUBLICATION pub FOR TABLE closed.c;
    ALTER DEFAULT PRIVILEGES IN SCHEMA own GRANT SELECT ON TABLES TO ${reader};
    SET ROLE ${other};
    CREATE TABLE own.theirs (id int REFERENCES public.t); INSERT INTO own.theirs VALUES (1), (2);
    CREATE TABLE public.theirs (id serial); CREATE VIEW public.v AS SELECT * FROM public.theirs;
    CREATE FUNCTION public.g() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT ALL ON public.theirs TO ${owner};
    GRANT SELECT ON own.theirs TO ${owner};
    SET ROLE ${owner}; REVOKE CREATE ON SCHEMA public FROM ${other}; RESET ROLE`;
}

async function createSource(servers: ServerPair): Promise<{ source: string; names: Names }> {
  const names = { owner: uniqueName('owner'), other: uniqueName('other'), reader: uniqueName('reader') };
  const source = await createDatabase(servers.source);
  const { owner, other, reader } = names;
  await runSql(
    source,
    `CREATE ROLE ${owner} LOGIN PASSWORD '${owner}'; CREATE ROLE ${other}; CREATE ROLE ${reader};
     GRANT ${other} TO ${owner}; ALTER DATABASE ${new URL(source).pathname.slice(1)} OWNER TO ${owner};
     GRANT CREATE ON SCHEMA public TO ${owner} WITH GRANT OPTION; ${objectsOf(names)}`,
  );
  return { source: asUser(source, owner), names };
}

/** To either side of release 16, which changed what CREATEROLE may do. */
const PAIRS: [PostgresMajor, PostgresMajor][] = [
  [14, 18],
  [18, 15],
];

describe.each(PAIRS)('from an ordinary role of %i to one of %i', (sourceMajor, targetMajor) => {
  let servers: ServerPair;

  beforeAll(async () => {
    servers = await startServerPair(sourceMajor, targetMajor);
  });
  afterAll(() => servers.stop());

  /** A role of the target that may create databases, and its URL for one. */
  async function createMigrator(attributes: string) {
    const migrator = uniqueName('migrator');
    await runSql(servers.target.url(), `CREATE ROLE ${migrator} LOGIN PASSWORD '${migrator}' ${attributes}`);
    return { migrator, target: asUser(unusedDatabaseUrl(servers.target), migrator) };
  }

  const checkOf = ({ checks }: ValidateResult, name: string) => checks.find((check) => check.name === name);

  it('copies owners and grants with CREATEDB alone, once the roles are there and its own', async () => {
    const { source, names } = await createSource(servers);
    const { migrator, target } = await createMigrator('CREATEDB');
    const missing = await run({ command: 'validate', source, target });
    expect(checkOf(missing.result as ValidateResult, 'roles')).toMatchObject({ status: 'fail' });

    const { owner, other, reader } = names;
    await runSql(
      servers.target.url(),
      `CREATE ROLE ${owner} LOGIN; CREATE ROLE ${other}; CREATE ROLE ${reader}`,
    );
    const foreign = await run({ command: 'validate', source, target });
    const check = checkOf(foreign.result as ValidateResult, 'owners');
    expect(check).toMatchObject({ status: 'fail', message: expect.stringContaining(owner) });
    await expect(run({ source, target })).rejects.toMatchObject({ code: 'permission_denied' });
    const databases = 'SELECT 1 FROM pg_database WHERE datname = $1';
    expect(await runSql(servers.target.url(), databases, [new URL(target).pathname.slice(1)])).toEqual([]);

    await runSql(servers.target.url(), `${check?.fix ?? ''} ; GRANT ${reader} TO ${migrator}`);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expectNothingSkipped(result as InitResult);
    await expectSameOwners(source, target, names);
  });

  it('does not drop a database that somebody else is connected to, whom it may not see', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const { migrator, target } = await createMigrator('CREATEDB');
    const name = new URL(target).pathname.slice(1);
    await runSql(servers.target.url(), `CREATE DATABASE ${name} OWNER ${migrator}`);
    await runSql(target, 'CREATE TABLE precious ()');
    const somebody = new pg.Client({ connectionString: servers.target.url(name) });
    await somebody.connect();
    const input = { source, target, options: { drop_existing: true, no_owner: true, no_acl: true } };
    const { result } = await run({ command: 'validate', ...input });
    expect(checkOf(result as ValidateResult, 'target in use')?.status).toBe('fail');
    await expect(run(input)).rejects.toMatchObject({
      code: 'target_in_use',
      message: expect.stringMatching(/others are connected to it: process \d+ \(postgres/),
    });
    await somebody.end();
    expect((await run(input)).failure).toBeNull();
  });

  it('creates the roles with CREATEROLE, and joins those that own something', async () => {
    const { source, names } = await createSource(servers);
    const { target } = await createMigrator('CREATEDB CREATEROLE');
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    const { roles } = result as InitResult;
    expect(roles?.created.toSorted()).toEqual(Object.values(names).toSorted());
    expect(roles?.joined.toSorted()).toEqual(Object.values(names).toSorted());
    const [password, ...others] = (result as InitResult).skipped.filter(({ object }) =>
      object.startsWith('password'),
    );
    expect(password?.object).toBe(`password of role ${names.owner}`);
    expect(others).toEqual([]);
    // Once more: the roles are there now, and still its own.
    const again = await run({ source, target, options: { drop_existing: true } });
    expect(again.failure).toBeNull();
    expect((again.result as InitResult).roles).toBeUndefined();
    expect((await run({ command: 'verify', source, target })).failure).toBeNull();
    await expectSameOwners(source, target, names);
  });

  it('goes on from an interrupted copy, and leaves nothing of what was lent for the time of it', async () => {
    const { source, names } = await createSource(servers);
    const { target } = await createMigrator('CREATEDB CREATEROLE');
    const cancelling = new AbortController();
    const interrupted = run({
      source,
      target,
      signal: cancelling.signal,
      onProgress: ({ phase }) => {
        if (phase === 'sequences') cancelling.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
    const mayCreate = `SELECT has_schema_privilege('${names.other}', 'public', 'CREATE') AS may`;
    // Since 15 it was lent, as the source lets nobody but the owner create there.
    expect(await runSql(target, mayCreate)).toEqual([{ may: true }]);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect((result as InitResult).resumed).toBeDefined();
    await expectSameOwners(source, target, names);
    expect(await runSql(target, mayCreate)).toEqual([{ may: sourceMajor < 15 }]);
  });

  it('copies without owners and grants where nothing else is allowed', async () => {
    const { source, names } = await createSource(servers);
    const { migrator, target } = await createMigrator('CREATEDB');
    await runSql(servers.target.url(), `CREATE ROLE ${names.reader}`);
    const { result, failure } = await run({ source, target, options: { no_owner: true, no_acl: true } });
    expect(failure).toBeNull();
    expect((result as InitResult).skipped).toEqual([]);
    const owners = await runSql(
      target,
      `SELECT DISTINCT owner FROM (${OWNERS_AND_GRANTS}) AS o WHERE name <> 'public' AND name !~ 'citext'`,
    );
    expect(owners).toEqual([{ owner: migrator }]);
  });

  function expectNothingSkipped({ skipped }: InitResult): void {
    // Before 15 the schema "public" belongs to the superuser who made the server.
    const expected = sourceMajor < 15 ? ['schema public'] : [];
    expect(skipped.map(({ object }) => object)).toEqual(expected);
  }

  async function expectSameOwners(source: string, target: string, names: Names): Promise<void> {
    const [expected, actual] = [await runSql(source, COMPARABLE), await runSql(target, COMPARABLE)];
    const comparable = (rows: typeof expected) =>
      rows
        // What becomes of "public" is a matter of the releases.
        .filter(({ kind, name }) => kind !== 'schema' || name !== 'public')
        .map((row) => ({ ...row, acl: withoutMaintain(row['acl'] as string | null) }));
    expect(comparable(actual)).toEqual(comparable(expected));
    const creators = `
      SELECT has_schema_privilege('${names.owner}', 'public', 'CREATE') AS owner,
             has_schema_privilege('${names.other}', 'public', 'CREATE') AS other,
             has_database_privilege('${names.other}', current_database(), 'CREATE') AS in_database`;
    expect(await runSql(target, creators)).toEqual(await runSql(source, creators));
  }

  /** Since 17 an owner may MAINTAIN his tables, which is the `m` in his own privileges. */
  function withoutMaintain(acl: string | null): string | null {
    return acl?.replaceAll('arwdDxtm', 'arwdDxt') ?? null;
  }
});
