/** What `validate` finds at a target, and at servers that only read. */
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { asUser, validate } from './check-finder.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { openSession } from './open-session.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(16, 17);

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

describe('the target database', () => {
  it('is empty though extensions are in it', async () => {
    const source = await createDatabase(servers.source);
    const target = await createDatabase(
      servers.target,
      'CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION btree_gist; CREATE EXTENSION postgres_fdw',
    );
    const { find } = await validate({ source, target });
    expect(find('target empty')).toMatchObject({ status: 'pass' });
  });

  it('is missing, and may not be created', async () => {
    const source = await createDatabase(servers.source, "CREATE ROLE humble LOGIN PASSWORD 'humble'");
    await runSql(servers.target.url(), "CREATE ROLE humble LOGIN PASSWORD 'humble'");
    const target = unusedDatabaseUrl(servers.target);
    const before = (await validate({ source, target: asUser(target, 'humble') })).find('target database');
    expect(before).toMatchObject({
      status: 'fail',
      message: `the database ${databaseOf(target)} is missing, and the target role humble may not create it`,
      fix: expect.stringContaining('ALTER ROLE "humble" CREATEDB;'),
    });
    await runSql(servers.target.url(), 'ALTER ROLE "humble" CREATEDB');
    const after = await validate({ source, target: asUser(target, 'humble') });
    expect(after.find('target database').status).toBe('pass');
  });

  it('belongs to somebody else, who is told what to grant', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t ()');
    await runSql(servers.target.url(), "CREATE ROLE guest LOGIN PASSWORD 'guest'");
    const target = await createDatabase(servers.target);
    const asGuest = asUser(target, 'guest');
    const { find } = await validate({ source, target: asGuest });
    for (const name of ['target database', 'target schema public']) {
      expect(find(name)).toMatchObject({ status: 'fail', fix: expect.stringContaining('TO "guest";') });
      await runSql(target, find(name).fix ?? '');
    }
    const after = await validate({ source, target: asGuest });
    expect(after.find('target database').status).toBe('pass');
    expect(after.find('target schema public').status).toBe('pass');
    const dropped = await validate({ source, target: asGuest, options: { drop_existing: true } });
    expect(dropped.find('target database').status).toBe('pass');
    await runSql(target, 'CREATE TABLE in_the_way ()');
    const replaced = await validate({ source, target: asGuest, options: { drop_existing: true } });
    expect(replaced.find('target database')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('may not drop and create'),
    });
  });

  it('may hold an unfinished copy, which is judged as a copy judges it', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int); CREATE TABLE u (id int)');
    const target = unusedDatabaseUrl(servers.target);
    const interruption = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'sequences') interruption.abort();
    };
    await expect(run({ source, target, onProgress, signal: interruption.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
    const same = await validate({ source, target });
    expect(same.find('target empty').status).toBe('pass');
    expect(same.find('unfinished copy')).toMatchObject({
      status: 'pass',
      message: expect.stringMatching(/^the copy that was begun at \d{4}-.* is gone on with$/),
    });
    const filter = { exclude_tables: ['public.u'] };
    const other = await validate({ source, target, filter });
    expect(other.find('target empty').status).toBe('pass');
    expect(other.find('unfinished copy')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('excluded tables: [] before, ["public.u"] now'),
    });
    await expect(run({ source, target, filter })).rejects.toMatchObject({ code: 'resume_differs' });
    const anew = await validate({ source, target, filter, options: { drop_existing: true } });
    expect(anew.find('unfinished copy').status).toBe('pass');
    expect(anew.find('target empty').status).toBe('warn');
    const afresh = await validate({ source, target, options: { resume: false } });
    expect(afresh.find('target empty').status).toBe('fail');
    expect((await run({ source, target })).failure).toBeNull();
  });

  it('is not dropped from under its users, who are named', async () => {
    const source = await createDatabase(servers.source);
    const target = await createDatabase(servers.target, 'CREATE TABLE t ()');
    const client = new pg.Client({ connectionString: target, application_name: 'a user' });
    await client.connect();
    client.on('error', () => undefined);
    const options = { drop_existing: true };
    const check = (await validate({ source, target, options })).find('target in use');
    expect(check).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/process \d+ \(postgres, a user\)/),
    });
    await expect(run({ source, target, options })).rejects.toMatchObject({ code: 'target_in_use' });
    await runSql(target, check.fix ?? '');
    expect((await validate({ source, target, options })).find('target in use').status).toBe('pass');
    const kept = await createDatabase(servers.target);
    expect((await validate({ source, target: kept })).find('target in use').status).toBe('pass');
  });

  it('takes writes, but not by default', async () => {
    const source = await createDatabase(servers.source);
    const target = await createDatabase(servers.target);
    const name = databaseOf(target);
    await runSql(servers.target.url(), `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const { find } = await validate({ source, target });
    expect(find('target read-only')).toMatchObject({ status: 'warn' });
    expect((await run({ source, target })).failure).toBeNull();
  });

  it('has event triggers that would fire on the copy', async () => {
    const source = await createDatabase(servers.source);
    const target = await createDatabase(
      servers.target,
      `CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER "Watch" ON ddl_command_end EXECUTE FUNCTION watch()`,
    );
    const check = (await validate({ source, target })).find('target event triggers');
    expect(check).toMatchObject({ status: 'warn', message: expect.stringContaining('Watch') });
    await runSql(target, check.fix ?? '');
    expect((await validate({ source, target })).find('target event triggers').status).toBe('pass');
  });

  it('is looked at while the source is out of reach, and the other way round', async () => {
    const nowhere = 'postgresql://u@no-such-host.invalid/db';
    const full = await createDatabase(servers.target, 'CREATE TABLE t ()');
    const withoutSource = await validate({ source: nowhere, target: full });
    expect(withoutSource.failureCode).toBe('checks_failed');
    expect(withoutSource.find('source connection')).toMatchObject({ status: 'fail' });
    expect(withoutSource.find('target connection')).toMatchObject({ status: 'pass' });
    expect(withoutSource.find('target empty')).toMatchObject({ status: 'fail' });
    const filtered = await validate({
      source: nowhere,
      target: full,
      filter: { include_databases: ['others'] },
    });
    expect(filtered.find('target connection')).toMatchObject({ status: 'pass' });
    expect(filtered.checks.map(({ name }) => name)).not.toContain('target empty');
    const source = await createDatabase(servers.source, 'CREATE UNLOGGED TABLE quick ()');
    const withoutTarget = await validate({ source, target: nowhere });
    expect(withoutTarget.find('target connection')).toMatchObject({ status: 'fail' });
    expect(withoutTarget.find('unlogged tables').message).toContain('public.quick');
  });

  it('of several is told by name, and what is about servers only once', async () => {
    const [one, two] = [await createDatabase(servers.source), await createDatabase(servers.source)];
    const names = [databaseOf(one), databaseOf(two)];
    const { checks, find } = await validate({
      source: one,
      target: servers.target.url(),
      filter: { include_databases: names },
    });
    for (const name of names) expect(find(`${name}: target empty`)).toMatchObject({ status: 'pass' });
    expect(checks.filter(({ name }) => name === 'server versions')).toHaveLength(1);
    expect(checks.filter(({ name }) => name.endsWith('source connection'))).toHaveLength(1);
  });
});

describe('a standby', () => {
  let standby: PostgresServer;
  let directory: string;
  let url: string;

  /** A data directory with the signal file, and no primary to follow, is a standby that has replayed all there is. */
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'seren-test-standby-'));
    // The servers may run as another user.
    await chmod(directory, 0o755);
    const dataDirectory = join(directory, 'data');
    const password = 'standby';
    const primary = await startPostgres({ major: 16, dataDirectory, password });
    const created = await createDatabase(primary, 'CREATE TABLE t (id int); INSERT INTO t VALUES (7)');
    await primary.stop();
    const { uid, gid } = await stat(dataDirectory);
    const signal = join(dataDirectory, 'standby.signal');
    await writeFile(signal, '');
    await chown(signal, uid, gid);
    standby = await startPostgres({ major: 16, dataDirectory, password });
    url = standby.url(databaseOf(created));
  });
  afterAll(async () => {
    await standby.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is a source for a plain copy, with a word on what it may cancel', async () => {
    const target = unusedDatabaseUrl(servers.target);
    const { find } = await validate({ source: url, target });
    expect(find('source recovery')).toMatchObject({
      status: 'warn',
      fix: expect.stringContaining('hot_standby_feedback = on'),
    });
    const { failure } = await run({ source: url, target });
    expect(failure).toBeNull();
    expect(await runSql(target, 'SELECT * FROM t')).toEqual([{ id: 7 }]);
    await standby.restart({ hot_standby_feedback: true });
    expect((await validate({ source: url, target })).find('source recovery').status).toBe('pass');
  });

  it.each([
    ['any', false],
    ['primary', false],
    ['read-write', false],
    ['standby', true],
    ['read-only', true],
    ['prefer-standby', true],
  ])('is chosen among several hosts by target_session_attrs=%s', async (wanted, isChosen) => {
    const { port: primaryPort } = servers.source;
    const hosts = `127.0.0.1:${primaryPort},127.0.0.1:${standby.port}`;
    await runSql(servers.source.url(), "ALTER ROLE postgres PASSWORD 'standby'");
    try {
      const { session, close } = await openSession(
        `postgresql://postgres:standby@${hosts}/postgres?target_session_attrs=${wanted}`,
      );
      expect(await session.query('tell its kind', 'SELECT pg_is_in_recovery() AS is_standby')).toEqual([
        { is_standby: isChosen },
      ]);
      await close();
    } finally {
      const { password } = servers.source;
      const url = servers.source.url().replace(password, 'standby');
      await runSql(url, `ALTER ROLE postgres PASSWORD '${password}'`);
    }
  });

  it('is preferred, and done without where there is none', async () => {
    const { session, close } = await openSession(
      `${servers.source.url()}?target_session_attrs=prefer-standby`,
    );
    expect(await session.query('answer', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await close();
  });

  it('is no source for continuous sync, and no target', async () => {
    const target = unusedDatabaseUrl(servers.target);
    const synced = await validate({ source: url, target, options: { no_sync: false } });
    expect(synced.find('source recovery')).toMatchObject({ status: 'fail' });
    const source = await createDatabase(servers.source);
    expect((await validate({ source, target: url })).find('target recovery')).toMatchObject({
      status: 'fail',
    });
    await expect(run({ source, target: url })).rejects.toMatchObject({ code: 'not_supported' });
  });
});
