import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ConnectionUrl, type InitResult } from '@seren-replicator/job-models';
import pg from 'pg';
import { createRoles } from '../src/roles/create-roles.ts';
import { planRoles } from '../src/roles/plan-roles.ts';
import { readRoles } from '../src/roles/read-roles.ts';
import { readTargetRoles } from '../src/roles/read-target-roles.ts';
import { withServers } from '../src/session/with-servers.ts';
import {
  asUser,
  createDatabase,
  run,
  runSql,
  startServerPair,
  uniqueName,
  unusedDatabaseUrl,
} from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17);

async function init(source: string, target: string, options = {}): Promise<InitResult> {
  const { result, failure } = await run({ source, target, options });
  expect(failure).toBeNull();
  return result as InitResult;
}

const ATTRIBUTES = `
  SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls,
         rolconnlimit, rolvaliduntil::text, rolpassword, shobj_description(a.oid, 'pg_authid') AS comment,
         (SELECT setconfig FROM pg_db_role_setting WHERE setrole = a.oid AND setdatabase = 0) AS settings
  FROM pg_authid AS a WHERE rolname = ANY($1) ORDER BY rolname`;

const MEMBERSHIPS = `
  SELECT r.rolname AS role, m.rolname AS member, bool_or(admin_option) AS admin
  FROM pg_auth_members AS a JOIN pg_roles AS r ON r.oid = a.roleid JOIN pg_roles AS m ON m.oid = a.member
  WHERE r.rolname = ANY($1) AND m.rolname = ANY($1) GROUP BY 1, 2 ORDER BY 1, 2`;

describe('roles that the target lacks', () => {
  it('are created as they are: attributes, password, settings, comment, memberships', async () => {
    const [owner, reader, login, above, other] = ['owner "x"', 'reader', 'login', 'above', 'other'].map(
      uniqueName,
    ) as [string, string, string, string, string];
    const id = (name: string) => pg.escapeIdentifier(name);
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${id(owner)} NOINHERIT CREATEDB CREATEROLE CONNECTION LIMIT 7;
       CREATE ROLE ${id(reader)} BYPASSRLS REPLICATION VALID UNTIL '2031-05-06 07:08:09+02';
       CREATE ROLE ${id(login)} LOGIN PASSWORD 'sesame' SUPERUSER VALID UNTIL 'infinity';
       CREATE ROLE ${id(above)}; CREATE ROLE ${id(other)};
       GRANT ${id(reader)} TO ${id(login)}; GRANT ${id(above)} TO ${id(reader)} WITH ADMIN OPTION;
       GRANT pg_monitor TO ${id(reader)};
       ALTER ROLE ${id(reader)} SET search_path = "Weird, ""schema""", public, "$user";
       ALTER ROLE ${id(reader)} SET "my.setting" = 'it''s, "quoted"'; ALTER ROLE ${id(reader)} SET work_mem = '5MB';
       COMMENT ON ROLE ${id(reader)} IS 'it''s a comment';
       CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${id(owner)}; GRANT SELECT ON t TO ${id(reader)}`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const result = await init(source, target);
    expect(result.skipped).toEqual([]);
    expect(result.roles?.created.toSorted()).toEqual([owner, reader, login, above].toSorted());
    const names = [[owner, reader, login, above, other, 'pg_monitor']];
    const expected = (await runSql(source, ATTRIBUTES, names)).filter(({ rolname }) => rolname !== other);
    expect(await runSql(target, ATTRIBUTES, names)).toEqual(expected);
    expect(await runSql(target, MEMBERSHIPS, names)).toEqual(await runSql(source, MEMBERSHIPS, names));
    expect(await runSql(asUser(target, login, 'sesame'), 'SELECT current_user AS name')).toEqual([
      { name: login },
    ]);
  });

  it('are created whatever the roles of a policy, default privileges and the database itself are for', async () => {
    const [policy, grantor, grantee, connector, setter] = [
      'policy',
      'grantor',
      'grantee',
      'connector',
      'setter',
    ].map(uniqueName) as [string, string, string, string, string];
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${policy}; CREATE ROLE ${grantor}; CREATE ROLE ${grantee}; CREATE ROLE ${connector}; CREATE ROLE ${setter};
       CREATE TABLE t (id int); CREATE POLICY p ON t TO ${policy};
       ALTER DEFAULT PRIVILEGES FOR ROLE ${grantor} GRANT SELECT ON TABLES TO ${grantee}`,
    );
    const name = new URL(source).pathname.slice(1);
    await runSql(
      source,
      `GRANT CONNECT ON DATABASE ${name} TO ${connector}; ALTER ROLE ${setter} IN DATABASE ${name} SET work_mem = '6MB'`,
    );
    const result = await init(source, unusedDatabaseUrl(servers.target));
    expect(result.roles?.created.toSorted()).toEqual(
      [policy, grantor, grantee, connector, setter].toSorted(),
    );
    // A policy needs its roles whatever is left out.
    const without = uniqueName('policy');
    await runSql(source, `CREATE ROLE ${without}; ALTER POLICY p ON t TO ${without}`);
    const bare = { no_owner: true, no_acl: true, roles: false };
    await expect(
      run({ source, target: unusedDatabaseUrl(servers.target), options: bare }),
    ).rejects.toMatchObject({ code: 'object_missing', message: expect.stringContaining(without) });
  });

  it('are all created with all databases', async () => {
    const pair = await startServerPair(17, 17);
    try {
      await runSql(
        pair.source.url(),
        'CREATE ROLE nobody_in_particular; CREATE ROLE login LOGIN; GRANT nobody_in_particular TO login WITH INHERIT FALSE, SET FALSE',
      );
      const { result } = await run({
        source: pair.source.url(),
        target: pair.target.url(),
        filter: { all_databases: true },
      });
      expect((result as InitResult).roles?.created).toEqual(['login', 'nobody_in_particular']);
      const options =
        'SELECT admin_option, inherit_option, set_option FROM pg_auth_members WHERE roleid >= 16384';
      expect(await runSql(pair.target.url(), options)).toEqual([
        { admin_option: false, inherit_option: false, set_option: false },
      ]);
    } finally {
      await pair.stop();
    }
  });
});

describe('a role that is on the target', () => {
  it('stays what it is', async () => {
    const [role, member] = [uniqueName('there'), uniqueName('member')];
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${role} LOGIN PASSWORD 'one' CREATEDB; CREATE ROLE ${member} LOGIN; GRANT ${role} TO ${member};
       ALTER ROLE ${role} SET work_mem = '5MB'; CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${role}`,
    );
    await runSql(servers.target.url(), `CREATE ROLE ${role} LOGIN PASSWORD 'two' CONNECTION LIMIT 3`);
    const before = await runSql(servers.target.url(), ATTRIBUTES, [[role]]);
    const result = await init(source, unusedDatabaseUrl(servers.target));
    expect(result.roles?.created).toEqual([member]);
    expect(await runSql(servers.target.url(), ATTRIBUTES, [[role]])).toEqual(before);
    expect(await runSql(servers.target.url(), MEMBERSHIPS, [[role, member]])).toHaveLength(1);
  });

  it('is not joined by what has nothing to do with the database', async () => {
    const [superuser, stranger] = [uniqueName('boss'), uniqueName('stranger')];
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${superuser} SUPERUSER; CREATE ROLE ${stranger}; GRANT ${superuser} TO ${stranger};
       CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${superuser}`,
    );
    const result = await init(source, unusedDatabaseUrl(servers.target));
    expect(result.roles?.created).toEqual([superuser]);
  });
});

describe('password hashes', () => {
  it('stand in no log, result or error, on neither side', async () => {
    const login = uniqueName('login');
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${login} LOGIN PASSWORD 'sesame'; CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${login}`,
    );
    const everything = `
      ALTER SYSTEM SET log_statement = 'all'; ALTER SYSTEM SET log_min_duration_statement = 0; SELECT pg_reload_conf()`;
    for (const statement of everything.split(';')) await runSql(servers.target.url(), statement);
    const lines: string[] = [];
    const { result } = await run({
      source,
      target: unusedDatabaseUrl(servers.target),
      onLog: (fields, message) => lines.push(message, inspect(fields, { depth: null })),
    });
    expect((result as InitResult).roles?.created).toEqual([login]);
    const [{ hash } = {}] = await runSql(
      servers.target.url(),
      'SELECT rolpassword AS hash FROM pg_authid WHERE rolname = $1',
      [login],
    );
    expect(hash).toMatch(/^SCRAM-SHA-256\$/);
    const log = await readFile(servers.target.logFile, 'utf8');
    expect(log).toContain('CREATE TABLE');
    expect(log).not.toContain('SCRAM-SHA-256');
    expect(lines.join('\n')).toContain(login);
    expect(lines.join('\n') + JSON.stringify(result)).not.toContain('SCRAM-SHA-256');
  });

  it('that cannot be read are told, and the role is created without', async () => {
    const owner = uniqueName('owner');
    const source = await createDatabase(servers.source);
    const name = new URL(source).pathname.slice(1);
    await runSql(
      servers.source.url(),
      `CREATE ROLE ${owner} LOGIN PASSWORD '${owner}'; ALTER DATABASE ${name} OWNER TO ${owner}`,
    );
    await runSql(asUser(source, owner), 'CREATE SCHEMA s; CREATE TABLE s.t (id int)');
    const result = await init(asUser(source, owner), unusedDatabaseUrl(servers.target));
    expect(result.roles?.created).toEqual([owner]);
    expect(result.skipped).toEqual([
      { object: `password of role ${owner}`, reason: expect.stringContaining('ALTER ROLE') },
    ]);
  });
});

describe('a target role that may create roles, but is no superuser', () => {
  it('creates what it may, and tells what it may not', async () => {
    const [maker, powerful, above] = [uniqueName('maker'), uniqueName('powerful'), uniqueName('above')];
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE ${powerful} SUPERUSER BYPASSRLS REPLICATION CREATEDB LOGIN CONNECTION LIMIT 4 PASSWORD 'sesame';
       CREATE ROLE ${above}; GRANT ${above} TO ${powerful}; ALTER ROLE ${powerful} SET log_statement = 'all';
       ALTER ROLE ${powerful} SET work_mem = '3MB';
       CREATE TABLE t (id int); GRANT SELECT ON t TO ${powerful}`,
    );
    await runSql(
      servers.target.url(),
      `CREATE ROLE ${maker} LOGIN PASSWORD '${maker}' CREATEDB CREATEROLE; CREATE ROLE ${above}`,
    );
    const target = asUser(unusedDatabaseUrl(servers.target), maker);
    const result = await init(source, target, { no_owner: true });
    expect(result.roles?.created).toEqual([powerful]);
    expect(result.skipped.map(({ object }) => object)).toEqual([
      `attribute SUPERUSER of role ${powerful}`,
      `attribute REPLICATION of role ${powerful}`,
      `attribute BYPASSRLS of role ${powerful}`,
      `setting log_statement of role ${powerful}`,
      `membership of ${powerful} in ${above}`,
    ]);
    const [role] = await runSql(servers.target.url(), ATTRIBUTES, [[powerful]]);
    expect(role).toMatchObject({
      rolcreatedb: true,
      rolcanlogin: true,
      rolconnlimit: 4,
      settings: ['work_mem=3MB'],
    });
    expect(role?.['rolpassword']).toMatch(/^SCRAM/);
  });
});

it('creates all roles or none', async () => {
  const [first, second] = [uniqueName('a'), uniqueName('b')];
  await runSql(servers.source.url(), `CREATE ROLE ${first}; CREATE ROLE ${second}`);
  const { signal } = new AbortController();
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
  const urls = {
    sourceUrl: ConnectionUrl.parse(servers.source.url()),
    targetUrl: ConnectionUrl.parse(servers.target.url()),
  };
  const required = [first, second];
  const creation = withServers({ ...urls, log, signal }, async (pair) => {
    const source = await pair.source.open({ isPipelined: true });
    const target = await pair.target.open({ isPipelined: true });
    const targetRoles = await readTargetRoles(target, {
      versionNum: 170_000,
      isOnDatabase: true,
      principals: [],
    });
    const plan = planRoles({
      source: await readRoles(source, 150_000),
      present: new Set(targetRoles.names),
      required,
      related: [],
      wantsEveryRole: false,
    });
    // As a server of somebody else's rules would: this one keeps the prefix for itself.
    const [refused] = plan.create.splice(1, 1);
    if (refused !== undefined) plan.create.push({ ...refused, name: 'pg_reserved' });
    const sets = { principals: new Set<string>(), required: new Set([...required, 'pg_reserved']) };
    return createRoles({ source, target, targetVersionNum: 170_000, targetRoles, plan, ...sets });
  });
  await expect(creation).rejects.toMatchObject({
    code: 'permission_denied',
    message: expect.stringContaining('pg_reserved'),
  });
  expect(await runSql(servers.target.url(), ATTRIBUTES, [[first, second]])).toEqual([]);
});
