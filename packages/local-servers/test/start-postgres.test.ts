import { expect, test } from '@jest/globals';
import { access, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startPostgres, withPostgres, type PostgresMajor } from '../src/index.ts';
import { query } from './query.ts';
import { withTemporaryDirectory } from './with-temporary-directory.ts';

test.each<PostgresMajor>([11, 14, 15, 16, 17, 18])(
  'starts PostgreSQL %i, ready for logical replication',
  async (major) => {
    await withPostgres({ major }, async (server) => {
      const [row] = await query(
        server.url(),
        `select current_setting('server_version_num')::int / 10000 as major,
              current_setting('data_directory') as directory, current_setting('wal_level') as wal_level,
              (select lsn is not null from pg_create_logical_replication_slot('slot', 'pgoutput')) as has_slot`,
      );
      expect(row).toEqual({ major, directory: server.dataDirectory, wal_level: 'logical', has_slot: true });
    });
  },
);

test('listens on 127.0.0.1 and a private socket only, and lets nobody in without the password', async () => {
  await withPostgres({ major: 18, password: "p@ss/w:rd '%" }, async (server) => {
    const [settings] = await query(server.url(), `select current_setting('listen_addresses') as addresses`);
    expect(settings).toEqual({ addresses: '127.0.0.1' });
    expect((await stat(server.socketDirectory)).mode & 0o077).toBe(0);
    const [role] = await query(server.url(), `select rolpassword from pg_authid where rolname = 'postgres'`);
    expect(role?.['rolpassword']).toMatch(/^SCRAM-SHA-256\$/);
    const wrong = new URL(server.url());
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });
});

test('runs several servers side by side, each with its own settings', async () => {
  const servers = await Promise.all([
    startPostgres({ major: 17, settings: { max_connections: 23 } }),
    startPostgres({ major: 18, settings: { fsync: true } }),
  ]);
  try {
    const settings = `select current_setting('max_connections') as connections, current_setting('fsync') as fsync`;
    const rows = await Promise.all(servers.map((server) => query(server.url(), settings)));
    expect(rows).toEqual([[{ connections: '23', fsync: 'off' }], [{ connections: '100', fsync: 'on' }]]);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
});

test('recovers what was committed before a kill, and restarts with changed settings', async () => {
  await withPostgres({ major: 17 }, async (server) => {
    await query(server.url(), 'create table kept as select 42 as answer');
    const before = { pid: server.pid, url: server.url() };
    await server.kill();
    expect(() => process.kill(before.pid, 0)).toThrow();
    await server.restart({ work_mem: '7MB' });
    expect(server.pid).not.toBe(before.pid);
    const rows = await query(before.url, `select answer, current_setting('work_mem') as work_mem from kept`);
    expect(rows).toEqual([{ answer: 42, work_mem: '7MB' }]);
    await server.restart();
    expect(await query(before.url, 'show work_mem')).toEqual([{ work_mem: '7MB' }]);
  });
});

test('leaves nothing behind when it is stopped, however often', async () => {
  const server = await startPostgres({ major: 18 });
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  expect(() => process.kill(server.pid, 0)).toThrow();
  await expect(access(server.socketDirectory)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(access(server.dataDirectory)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('keeps a given data directory, durable, for the next server', async () => {
  await withTemporaryDirectory(async (directory) => {
    const options = { major: 18, dataDirectory: join(directory, 'new', 'data'), password: 'secret' } as const;
    await withPostgres(options, async (server) => {
      expect(await query(server.url(), 'show fsync')).toEqual([{ fsync: 'on' }]);
      await query(server.url(), 'create table kept as select 42 as answer');
    });
    await withPostgres(options, async (server) => {
      expect(await query(server.url(), 'select * from kept')).toEqual([{ answer: 42 }]);
    });
    expect(await readdir(dirname(options.dataDirectory))).toEqual(['data']);
  });
});

test('touches no directory that holds something else', async () => {
  await withTemporaryDirectory(async (directory) => {
    await writeFile(join(directory, 'letter'), '');
    await expect(
      startPostgres({ major: 18, dataDirectory: directory, password: 'secret' }),
    ).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('neither empty nor'),
    });
    expect(await readdir(directory)).toEqual(['letter']);
  });
});

test('says what the server said when it does not start', async () => {
  await expect(startPostgres({ major: 18, settings: { max_connections: 'many' } })).rejects.toMatchObject({
    code: 'START_FAILED',
    message: expect.stringContaining('invalid value for parameter "max_connections"'),
  });
});

test('does not look for another port when the caller chose one that is taken', async () => {
  await withPostgres({ major: 18 }, async ({ port }) => {
    await expect(startPostgres({ major: 17, port })).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('Address already in use'),
    });
  });
});

test('stops starting when told to', async () => {
  const reason = new Error('changed my mind');
  await expect(startPostgres({ major: 18 }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const starting = startPostgres({ major: 18 }, { signal: controller.signal });
  setTimeout(() => controller.abort(reason), 200);
  await expect(starting).rejects.toBe(reason);
});
