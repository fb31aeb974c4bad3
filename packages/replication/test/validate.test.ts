import { describe, expect, it } from '@jest/globals';
import type { InitResult, ValidateResult } from '@seren-replicator/job-models';
import { startPostgres } from '@seren-replicator/local-servers';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 18);

async function validate(source: string, target: string, options = {}) {
  const { result, failure } = await run({ command: 'validate', source, target, options });
  const { checks } = result as ValidateResult;
  return { failure, find: (name: string) => checks.find((check) => check.name === name), checks };
}

/** The URL with another user. */
function asUser(url: string, user: string, password: string): string {
  return url.replace(/\/\/[^@]*@/, `//${user}:${password}@`);
}

describe('validate', () => {
  it('passes every check of a plain database and a target that is to be created', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const { checks, failure } = await validate(source, unusedDatabaseUrl(servers.target));
    expect(checks.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(failure).toBeNull();
  });

  it('asks servers that are far away without waiting for every answer', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const target = await createDatabase(servers.target);
    const distant = [
      await startTcpProxy(servers.source.port, 50),
      await startTcpProxy(servers.target.port, 50),
    ] as const;
    try {
      const { failure } = await validate(distant[0].through(source), distant[1].through(target));
      expect(failure).toBeNull();
      // Five of them are the login and the session's settings, three measure the connection, one is the farewell.
      expect(distant[0].roundTrips).toBeLessThanOrEqual(15);
      expect(distant[1].roundTrips).toBeLessThanOrEqual(17);
    } finally {
      for (const { stop } of distant) await stop();
    }
  });

  it('tells a wrong password, an unknown host and a missing database as failed checks', async () => {
    const source = await createDatabase(servers.source);
    const wrongPassword = await validate(asUser(source, 'postgres', 'wrong-secret'), source);
    expect(wrongPassword.failure).toMatchObject({ code: 'checks_failed' });
    expect(wrongPassword.find('source connection')?.message).toContain('check user name and password');
    expect(JSON.stringify(wrongPassword.checks)).not.toContain('wrong-secret');
    const unknownHost = await validate('postgresql://u@no-such-host.invalid/db', source);
    expect(unknownHost.find('source connection')?.message).toContain('check the spelling of the host');
    const missing = await validate(unusedDatabaseUrl(servers.source), source);
    expect(missing.find('source connection')?.message).toContain('check the database name');
  });

  it('recognises one database under two URLs', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const { find } = await validate(source, source.replace('127.0.0.1', 'localhost'));
    expect(find('two databases')).toMatchObject({ status: 'fail' });
  });

  it('takes two databases of one server for what they are', async () => {
    const source = await createDatabase(servers.source);
    const { find } = await validate(source, await createDatabase(servers.source));
    expect(find('two databases')).toMatchObject({ status: 'pass' });
  });

  it('names what the target already holds, whatever its kind', async () => {
    const source = await createDatabase(servers.source);
    for (const [sql, name] of [
      ['CREATE VIEW v AS SELECT 1', 'view public.v'],
      ['CREATE SCHEMA s', 'schema s'],
      ["CREATE TYPE mood AS ENUM ('ok')", 'type public.mood'],
      ["CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", 'function public.f'],
      ['SELECT lo_create(4711)', 'large object 4711'],
      ['CREATE PUBLICATION pub', 'publication pub'],
      ['CREATE FOREIGN DATA WRAPPER far', 'foreign data wrapper far'],
      ['CREATE CAST (date AS int8) WITH INOUT', 'cast date AS bigint'],
      ["CREATE COLLATION sorted (provider = icu, locale = 'de')", 'collation public.sorted'],
      ['CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = int4, RIGHTARG = int4)', 'operator public.==='],
      ['CREATE TEXT SEARCH CONFIGURATION found (COPY = simple)', 'text search configuration public.found'],
      [
        "CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        'subscription sub',
      ],
      ['CREATE LANGUAGE another HANDLER plpgsql_call_handler', 'language another'],
    ] as const) {
      const { find, failure } = await validate(source, await createDatabase(servers.target, sql));
      expect(find('target empty')).toMatchObject({ status: 'fail', message: expect.stringContaining(name) });
      expect(failure).not.toBeNull();
    }
  });

  it('finds tables that the source role may not read, and says which grant is missing', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE reader LOGIN PASSWORD 'reader'; CREATE TABLE "Secret.Table" (id int); CREATE SCHEMA closed;
       CREATE TABLE closed.t (id int)`,
    );
    const { find } = await validate(asUser(source, 'reader', 'reader'), unusedDatabaseUrl(servers.target));
    const check = find('source privileges');
    expect(check).toMatchObject({ status: 'fail', message: expect.stringContaining('public.Secret.Table') });
    expect(check?.fix).toContain('GRANT SELECT ON TABLE "public"."Secret.Table"');
    expect(check?.fix).toContain('GRANT USAGE ON SCHEMA "closed"');
  });

  it('refuses a table whose rows are hidden from the source role', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE tenant LOGIN PASSWORD 'tenant'; CREATE TABLE t (id int);
       ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO tenant;`,
    );
    const { find } = await validate(asUser(source, 'tenant', 'tenant'), unusedDatabaseUrl(servers.target));
    expect(find('row security')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('public.t'),
    });
  });

  it('names roles that the target lacks and that will be created, or must be', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE ROLE "App Owner"; CREATE TABLE t (id int); ALTER TABLE t OWNER TO "App Owner"',
    );
    const target = unusedDatabaseUrl(servers.target);
    const { find } = await validate(source, target);
    expect(find('roles')).toMatchObject({ status: 'pass', message: 'will be created: App Owner' });
    const without = await validate(source, target, { roles: false });
    expect(without.find('roles')).toMatchObject({
      status: 'fail',
      fix: expect.stringMatching(/CREATE ROLE "App Owner";\n.*--roles/),
    });
    const unowned = await validate(source, target, { roles: false, no_owner: true, no_acl: true });
    expect(unowned.find('roles')).toMatchObject({ status: 'pass' });
  });

  it('is what init begins with: warnings are part of its result', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (id int); INSERT INTO t VALUES (1), (1)',
    );
    await runSql(source, 'CREATE UNIQUE INDEX CONCURRENTLY broken ON t (id)').catch(() => undefined);
    const { result } = await run({ source, target: unusedDatabaseUrl(servers.target) });
    expect((result as InitResult).warnings).toEqual([
      expect.objectContaining({
        name: 'invalid indexes',
        status: 'warn',
        message: 'invalid indexes are left out: public.broken',
      }),
    ]);
  });

  it('changes nothing on the target', async () => {
    const target = unusedDatabaseUrl(servers.target);
    await validate(await createDatabase(servers.source), target);
    const rows = await runSql(servers.target.url(), 'SELECT 1 FROM pg_database WHERE datname = $1', [
      new URL(target).pathname.slice(1),
    ]);
    expect(rows).toEqual([]);
  });

  it('refuses a server older than 12', async () => {
    const old = await startPostgres({ major: 11 });
    try {
      const { find } = await validate(old.url(), unusedDatabaseUrl(servers.target));
      expect(find('server versions')).toMatchObject({ status: 'fail' });
      const target = unusedDatabaseUrl(servers.target);
      await expect(run({ source: old.url(), target })).rejects.toMatchObject({ code: 'server_too_old' });
    } finally {
      await old.stop();
    }
  });
});
