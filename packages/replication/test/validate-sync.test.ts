/** What `validate` finds in the way of continuous sync. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { asUser, validate } from './check-finder.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl, type RunInput } from './database-pair.ts';

let source: PostgresServer;
let target: PostgresServer;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startPostgres({ major: 18, settings: { max_replication_slots: 1 } }),
    startPostgres({ major: 17 }),
  ]);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));

const synced = { no_sync: false };

function validateSync(url: string, options: object = synced, targetUrl = unusedDatabaseUrl(target)) {
  return validate({ source: url, target: targetUrl, options });
}

describe('continuous sync', () => {
  it('finds nothing in the way of tables with keys', async () => {
    const url = await createDatabase(source, 'CREATE TABLE t (id int PRIMARY KEY)');
    const { checks, failureCode } = await validateSync(url);
    const about = checks.filter(({ name }) => name.startsWith('sync '));
    expect(about.map(({ name, status }) => `${name}: ${status}`)).toEqual([
      'sync source version: pass',
      'sync wal level: pass',
      'sync replication slots: pass',
      'sync wal senders: pass',
      'sync slot retention: pass',
      'sync source role: pass',
      'sync target role: pass',
      'sync coverage: warn',
      'sync replica identity: pass',
      'sync generated columns: pass',
      'sync table owners: pass',
      'sync publication: pass',
      'sync row filters: pass',
    ]);
    expect(failureCode).toBeUndefined();
  });

  it('names tables whose rows cannot be told apart, with what would mend each', async () => {
    const url = await createDatabase(
      source,
      `CREATE TABLE keyed (id int PRIMARY KEY); CREATE TABLE plain (id int);
       CREATE TABLE indexed (id int NOT NULL, n int, part int);
       CREATE UNIQUE INDEX partial ON indexed (id) WHERE n > 0; CREATE UNIQUE INDEX nullable ON indexed (n);
       CREATE UNIQUE INDEX expressive ON indexed ((id + 1));
       CREATE UNIQUE INDEX "Fit" ON indexed (id) INCLUDE (n);
       CREATE TABLE whole (id int); ALTER TABLE whole REPLICA IDENTITY FULL;
       CREATE TABLE nothing (id int PRIMARY KEY); ALTER TABLE nothing REPLICA IDENTITY NOTHING;
       CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE);
       CREATE UNLOGGED TABLE quick (id int);
       CREATE TABLE parted (id int) PARTITION BY LIST (id); CREATE TABLE parted_1 PARTITION OF parted DEFAULT`,
    );
    const { find } = await validateSync(url);
    expect(find('unlogged tables')).toMatchObject({
      status: 'warn',
      fix: 'ALTER TABLE "public"."quick" SET LOGGED;',
    });
    const check = find('sync replica identity');
    expect(check).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(
        /: public\.deferred, public\.indexed, public\.nothing, public\.parted_1, public\.plain$/,
      ),
    });
    expect(check.fix).toContain('ALTER TABLE "public"."indexed" REPLICA IDENTITY USING INDEX "Fit";');
    expect(check.fix).toContain('ALTER TABLE "public"."plain" REPLICA IDENTITY FULL;');
    const choose = async (choice: string) =>
      (await validateSync(url, { ...synced, no_key_tables: choice })).find('sync replica identity');
    expect(await choose('skip')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('not followed'),
    });
    expect(await choose('full')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('whole rows'),
    });
    await runSql(url, check.fix ?? '');
    expect((await validateSync(url)).find('sync replica identity').status).toBe('pass');
  });

  it('names tables that only generated columns tell apart, which no choice makes followed', async () => {
    const generated = 'int GENERATED ALWAYS AS (a * 2)';
    const url = await createDatabase(
      source,
      `CREATE TABLE plain (a int, b ${generated} STORED);
       CREATE TABLE whole (a int, b ${generated} VIRTUAL); ALTER TABLE whole REPLICA IDENTITY FULL;
       CREATE TABLE keyed (a int NOT NULL, b ${generated} STORED PRIMARY KEY); CREATE UNIQUE INDEX fit ON keyed (a);
       CREATE TABLE beside (a int PRIMARY KEY, b ${generated} STORED)`,
    );
    const choose = async (choice: string) => validateSync(url, { ...synced, no_key_tables: choice });
    const { find } = await choose('full');
    expect(find('sync replica identity').status).toBe('pass');
    expect(find('sync generated columns')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/: public\.keyed, public\.plain, public\.whole$/),
      fix: expect.stringContaining('ALTER TABLE "public"."keyed" REPLICA IDENTITY USING INDEX "fit";'),
    });
    expect((await choose('skip')).find('sync generated columns').status).toBe('warn');
    expect((await choose('refuse')).find('sync generated columns').status).toBe('fail');
  });

  it('is one line for a run without it', async () => {
    const url = await createDatabase(source, 'CREATE TABLE t ()');
    const { checks, find, failureCode } = await validateSync(url, { no_sync: true });
    expect(checks.filter(({ name }) => name.includes('sync'))).toHaveLength(1);
    expect(find('continuous sync')).toEqual({
      name: 'continuous sync',
      status: 'pass',
      message: 'not asked for; these would be in its way: replica identity',
      fix: null,
    });
    expect(failureCode).toBeUndefined();
  });

  it('needs roles that may replicate, publish and subscribe, and says how they come to', async () => {
    await runSql(target.url(), "CREATE ROLE sub LOGIN PASSWORD 'sub' CREATEDB");
    const url = await createDatabase(
      source,
      "CREATE ROLE pub LOGIN PASSWORD 'pub'; CREATE TABLE t (id int PRIMARY KEY); GRANT SELECT ON t TO pub",
    );
    const targetUrl = asUser(unusedDatabaseUrl(target), 'sub');
    const { find } = await validateSync(asUser(url, 'pub'), synced, targetUrl);
    expect(find('sync source role')).toMatchObject({ status: 'fail' });
    expect(find('sync table owners')).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('public.t'),
    });
    expect(find('sync publication')).toMatchObject({ status: 'fail' });
    expect(find('sync target role')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('streamed by this tool'),
    });
    const insisted = { ...synced, sync_method: 'subscription' };
    expect(
      (await validateSync(asUser(url, 'pub'), insisted, targetUrl)).find('sync target role').status,
    ).toBe('fail');
    expect(find('sync wal senders').message).toContain('this role may not see');
    await runSql(url, find('sync source role').fix ?? '');
    await runSql(url, find('sync table owners').fix ?? '');
    await runSql(url, find('sync publication').fix ?? '');
    await runSql(target.url(), find('sync target role').fix ?? '');
    const after = await validateSync(asUser(url, 'pub'), synced, targetUrl);
    for (const name of ['sync source role', 'sync table owners', 'sync publication', 'sync target role']) {
      expect(after.find(name).status).toBe('pass');
    }
  });

  it('needs no other slot than the one that an earlier run has left', async () => {
    const [url, targetUrl] = [await createDatabase(source, 'CREATE TABLE t ()'), unusedDatabaseUrl(target)];
    const options = { ...synced, sync_method: 'stream', no_key_tables: 'full', verify: false } as const;
    const both = { source: url, target: targetUrl };
    const follow = async (more: object = {}): Promise<void> => {
      const leaving = new AbortController();
      const onProgress: RunInput['onProgress'] = ({ phase }) => {
        if (phase === 'sync') leaving.abort();
      };
      const following = run({
        ...both,
        options: { ...options, ...more },
        signal: leaving.signal,
        onProgress,
      });
      await expect(following).rejects.toMatchObject({ code: 'cancelled' });
    };
    await follow();
    const check = (await validateSync(url, { ...options, drop_existing: true }, targetUrl)).find(
      'sync replication slots',
    );
    expect(check).toMatchObject({ status: 'pass', message: '0 of 1 in use (max_replication_slots)' });
    expect((await validateSync(url)).find('sync replication slots').status).toBe('fail');
    await follow({ drop_existing: true });
    await run({ ...both, command: 'sync', options: { stop: true } });
  });

  it('needs a slot that is free, and settings that let it live', async () => {
    const url = await createDatabase(source, 'CREATE TABLE t (id int PRIMARY KEY)');
    await runSql(url, "SELECT pg_create_logical_replication_slot('taken', 'pgoutput')");
    const { find } = await validateSync(url);
    expect(find('sync replication slots')).toMatchObject({
      status: 'fail',
      message: '1 of 1 in use (max_replication_slots)',
      fix: expect.stringContaining('ALTER SYSTEM SET max_replication_slots = 5;'),
    });
    await runSql(url, "SELECT pg_drop_replication_slot('taken')");
    await source.restart({ max_slot_wal_keep_size: '64MB', idle_replication_slot_timeout: '1h' });
    const retention = (await validateSync(url)).find('sync slot retention');
    expect(retention).toMatchObject({
      status: 'warn',
      message: expect.stringContaining(
        'max_slot_wal_keep_size is 64 MB, idle_replication_slot_timeout is 3600 s',
      ),
    });
    await source.restart({ wal_level: 'replica', max_slot_wal_keep_size: -1 });
    expect((await validateSync(url)).find('sync wal level')).toMatchObject({
      status: 'fail',
      message: 'wal_level is replica, and the change stream takes logical',
      fix: expect.stringContaining('ALTER SYSTEM SET wal_level = logical;'),
    });
  });
});
