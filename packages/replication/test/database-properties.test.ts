import { describe, expect, it } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import { createDatabase, run, runSql, uniqueName, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(14, 18);

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

async function propertiesOf(url: string) {
  const [row] = await runSql(
    url,
    `SELECT pg_get_userbyid(datdba) AS owner, datconnlimit AS limit, datacl IS NULL AS has_default_acl,
            (SELECT string_agg(item::text, ' ' ORDER BY item::text) FROM unnest(datacl) AS item) AS acl,
            shobj_description(d.oid, 'pg_database') AS comment,
            (SELECT jsonb_object_agg(coalesce(rolname, 'everybody'), setconfig)
             FROM pg_db_role_setting LEFT JOIN pg_roles AS r ON r.oid = setrole WHERE setdatabase = d.oid) AS settings
     FROM pg_database AS d WHERE datname = current_database()`,
  );
  return row;
}

/** A database with everything, and the roles that it names. */
async function createSource() {
  const [owner, reader, grantor] = [uniqueName('Owner'), uniqueName('reader'), uniqueName('grantor')];
  const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
  const database = `DATABASE ${nameOf(source)}`;
  await runSql(
    source,
    `CREATE ROLE "${owner}"; CREATE ROLE ${reader}; CREATE ROLE ${grantor};
     ALTER ${database} OWNER TO "${owner}"; REVOKE ALL ON ${database} FROM PUBLIC; REVOKE TEMP ON ${database} FROM "${owner}";
     GRANT CONNECT ON ${database} TO ${grantor} WITH GRANT OPTION;
     SET ROLE ${grantor}; GRANT CONNECT ON ${database} TO ${reader}; RESET ROLE;
     COMMENT ON ${database} IS 'it''s "the" database'; ALTER ${database} CONNECTION LIMIT 9;
     ALTER ${database} SET search_path = 'a b', "Q""x", ''; ALTER ${database} SET datestyle = 'SQL, DMY';
     ALTER ${database} SET "my.own" = 'a, "b"'; ALTER ${database} SET statement_timeout = '77s';
     ALTER ${database} SET default_transaction_read_only = on;
     ALTER ROLE ${reader} IN ${database} SET work_mem = '8MB'; ALTER ROLE ${reader} IN ${database} SET search_path = ''`,
  );
  return { source, owner, reader };
}

describe('init', () => {
  it('gives the database its owner, grants, defaults, limit and comment, under another name too', async () => {
    const { source } = await createSource();
    const target = unusedDatabaseUrl(servers.target);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect((result as InitResult).skipped).toEqual([]);
    const properties = await propertiesOf(target);
    expect(properties).toEqual(await propertiesOf(source));
    expect(properties).toMatchObject({ limit: 9, has_default_acl: false, comment: 'it\'s "the" database' });
    expect(await runSql(target, 'SHOW search_path')).toEqual(await runSql(source, 'SHOW search_path'));
  });

  it('gives them to a database that was there, and once more to one that is dropped', async () => {
    const { source } = await createSource();
    const target = await createDatabase(servers.target);
    await run({ source, target });
    expect(await propertiesOf(target)).toEqual(await propertiesOf(source));
    const again = await run({ source, target, options: { drop_existing: true } });
    expect(again.failure).toBeNull();
    expect(await propertiesOf(target)).toEqual(await propertiesOf(source));
  });

  it('leaves the database of a plain source as a new one', async () => {
    const target = unusedDatabaseUrl(servers.target);
    await run({ source: await createDatabase(servers.source), target });
    expect(await propertiesOf(target)).toEqual({
      owner: 'postgres',
      limit: -1,
      has_default_acl: true,
      acl: null,
      comment: null,
      settings: null,
    });
  });

  it('leaves owner and grants out when told to', async () => {
    const { source, owner, reader } = await createSource();
    const options = { no_owner: true, no_acl: true };
    const plain = unusedDatabaseUrl(servers.target);
    await run({ source, target: plain, options });
    const expected = await propertiesOf(source);
    expect(await propertiesOf(plain)).toEqual({
      ...expected,
      owner: 'postgres',
      has_default_acl: true,
      acl: null,
    });
    const granted = unusedDatabaseUrl(servers.target);
    await run({ source, target: granted, options: { no_owner: true } });
    const acl = (await propertiesOf(granted))?.['acl'];
    expect(acl).toContain(`${reader}=c/`);
    expect(acl).not.toContain(owner);
  });

  it('tells what the target cannot have, and gives it the rest', async () => {
    const { source, reader } = await createSource();
    const target = unusedDatabaseUrl(servers.target);
    // The roles are needed by nothing but the database itself.
    const { result } = await run({ source, target, options: { roles: false } });
    const { skipped } = result as InitResult;
    expect(skipped).toContainEqual({
      object: `setting work_mem of role ${reader} in the database ${nameOf(target)}`,
      reason: `role "${reader}" does not exist`,
    });
    expect(skipped.map(({ object }) => object)).toContain(`owner of the database ${nameOf(target)}`);
    expect(await propertiesOf(target)).toMatchObject({
      limit: 9,
      comment: expect.stringContaining('database'),
    });
  });
});
