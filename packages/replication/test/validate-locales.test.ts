/** What `validate` finds of encodings, and of how text is sorted on both sides. */
import { describe, expect, it } from '@jest/globals';
import { validate } from './check-finder.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

/** The target is older. */
const servers = useServerPair(18, 15);

/** A database with a locale or an encoding of its own. */
async function createDatabaseAs(url: string, name: string, definition: string): Promise<string> {
  await runSql(url, `CREATE DATABASE ${name} TEMPLATE template0 ${definition}`);
  return url.replace(/\/[^/]*$/, `/${name}`);
}

describe('encodings', () => {
  it.each([
    ['LATIN1', 'UTF8', 'pass', 'LATIN1 → UTF8, which holds every character'],
    ['UTF8', 'LATIN1', 'warn', 'ends at the first character that LATIN1 does not have'],
    ['SQL_ASCII', 'UTF8', 'warn', 'ends at the first text that is not valid UTF-8'],
    ['LATIN1', 'SQL_ASCII', 'warn', 'text arrives as UTF-8'],
    ['SQL_ASCII', 'SQL_ASCII', 'pass', 'SQL_ASCII'],
  ])('%s to an existing %s', async (from, to, status, message) => {
    const [a, b] = [`from_${from}_${to}`.toLowerCase(), `to_${from}_${to}`.toLowerCase()];
    const source = await createDatabaseAs(servers.source.url(), a, `ENCODING ${from}`);
    const target = await createDatabaseAs(servers.target.url(), b, `ENCODING ${to}`);
    const { find } = await validate({ source, target });
    expect(find('encoding')).toMatchObject({ status, message: expect.stringContaining(message) });
    const fresh = await validate({ source, target: unusedDatabaseUrl(servers.target) });
    expect(fresh.find('encoding')).toMatchObject({ status: 'pass', message: from });
  });
});

describe('locales', () => {
  it('that differ from those of an existing target are told of', async () => {
    const source = await createDatabaseAs(
      servers.source.url(),
      'sorted_utf8',
      "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'",
    );
    const { find } = await validate({ source, target: await createDatabase(servers.target) });
    expect(find('locale')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('the target sorts by C, the source by C.UTF-8'),
    });
    const fresh = await validate({ source, target: unusedDatabaseUrl(servers.target) });
    expect(fresh.find('locale')).toMatchObject({ status: 'pass' });
    const alike = await createDatabaseAs(
      servers.target.url(),
      'sorted_alike',
      "LC_COLLATE 'C.utf8' LC_CTYPE 'C.utf8'",
    );
    expect((await validate({ source, target: alike })).find('locale')).toMatchObject({ status: 'pass' });
  });

  it('of a provider that the target does not have are refused before a database is dropped', async () => {
    const source = await createDatabaseAs(
      servers.source.url(),
      'sorted_builtin',
      "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'",
    );
    const target = await createDatabase(servers.target, 'CREATE TABLE precious ()');
    const options = { drop_existing: true };
    const { find } = await validate({ source, target, options });
    expect(find('locale')).toMatchObject({
      status: 'fail',
      message: 'the source sorts by C.UTF-8 of builtin, which the target does not have',
      fix: expect.stringContaining('CREATE DATABASE'),
    });
    await expect(run({ source, target, options })).rejects.toMatchObject({ code: 'not_supported' });
    expect(await runSql(target, 'SELECT * FROM precious')).toEqual([]);
  });

  it("that the target's operating system does not know are refused", async () => {
    // A collation that was made on another machine, as this one knows no locale that others do not.
    const source = await createDatabase(
      servers.source,
      `CREATE COLLATION german (provider = libc, locale = 'C.UTF-8');
       UPDATE pg_collation SET collcollate = 'de_XX.UTF-8', collctype = 'de_XX.UTF-8' WHERE collname = 'german'`,
    );
    const { find } = await validate({ source, target: unusedDatabaseUrl(servers.target) });
    expect(find('collations')).toMatchObject({
      status: 'fail',
      message: 'the target lacks the collations public.german',
      fix: expect.stringContaining('pg_import_system_collations'),
    });
  });

  it('whose collations of the system the target lacks are refused', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (a text COLLATE "pg_unicode_fast")');
    const { find } = await validate({ source, target: unusedDatabaseUrl(servers.target) });
    expect(find('collations')).toMatchObject({
      status: 'fail',
      message: 'the target lacks the collations pg_unicode_fast',
    });
    const same = await validate({ source, target: unusedDatabaseUrl(servers.source) });
    expect(same.find('collations').status).toBe('pass');
  });

  it('that have changed beneath indexes are told of, and mended as told', async () => {
    const source = await createDatabaseAs(
      servers.source.url(),
      'sorted_icu',
      "LOCALE_PROVIDER icu ICU_LOCALE 'en'",
    );
    const target = unusedDatabaseUrl(servers.target);
    const input = { source, target };
    expect((await validate(input)).find('source collation versions').status).toBe('pass');
    await runSql(source, "UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()");
    const check = (await validate(input)).find('source collation versions');
    expect(check).toMatchObject({ status: 'warn', message: expect.stringContaining('version 0') });
    for (const statement of (check.fix ?? '').split('\n')) await runSql(source, statement);
    expect((await validate(input)).find('source collation versions').status).toBe('pass');
    await runSql(
      source,
      `CREATE COLLATION "De" (provider = icu, locale = 'de'); CREATE TABLE t (a text COLLATE "De");
       UPDATE pg_collation SET collversion = '0' WHERE collname = 'De'`,
    );
    const ofColumn = (await validate(input)).find('source collation versions');
    expect(ofColumn).toMatchObject({ status: 'warn', message: expect.stringContaining('public.De') });
    for (const statement of (ofColumn.fix ?? '').split('\n')) await runSql(source, statement);
    expect((await validate(input)).find('source collation versions').status).toBe('pass');
  });
});
