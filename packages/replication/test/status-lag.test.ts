/** What `status` tells of a target that follows, one that waits, and one that was never made to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { follow, readStatus, unfollowAll } from './followed-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17);
afterEach(unfollowAll);

const SQL =
  'CREATE TABLE t (id int PRIMARY KEY, a text); CREATE SCHEMA "odd.one"; CREATE TABLE "odd.one"."T" (id int PRIMARY KEY)';

describe('a target that follows', () => {
  it('is measured by a round trip, with its slot and every table', async () => {
    const pair = await follow({ servers, sql: SQL });
    await runSql(pair.source, "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 10000) AS i");
    const { only, failure, abandoned_slots } = await readStatus(pair, { options: { max_lag_seconds: 30 } });
    expect(failure).toBeNull();
    expect(only).toMatchObject({
      database: new URL(pair.target).pathname.slice(1),
      state: 'following',
      method: 'subscription',
      slot: { name: pair.name, is_active: true, wal_status: 'reserved', left_bytes: null },
      tables: [
        { table: 'public.t', state: 'following' },
        { table: 'odd.one.T', state: 'following' },
      ],
      drift: [],
      sequences: [],
      conflicts: [],
      attention: [],
    });
    expect(only.lag_seconds).toBeGreaterThan(0);
    expect(only.lag_seconds).toBeLessThan(15);
    // What was written before the mark has arrived with it.
    expect(await runSql(pair.target, 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 10000 }]);
    expect(abandoned_slots.map(({ name }) => name)).not.toContain(pair.name);
  });

  it('has the rate at which the target confirms the log', async () => {
    const pair = await follow({ servers, sql: SQL });
    const { only: resting } = await readStatus(pair);
    const stop = new AbortController();
    const writing = (async () => {
      for (let i = 0; !stop.signal.aborted; i += 1) {
        await runSql(
          pair.source,
          `INSERT INTO t SELECT ${i} * 1000 + i, repeat('x', 1000) FROM generate_series(1, 1000) AS i`,
        );
      }
    })();
    const { only: busy } = await readStatus(pair);
    stop.abort();
    await writing;
    expect(busy.rate_bytes_per_second ?? 0).toBeGreaterThan(1e6);
    expect(busy.rate_bytes_per_second ?? 0).toBeGreaterThan(10 * (resting.rate_bytes_per_second ?? Infinity));
  });
});

it('tells of a worker of ours while it follows, and of none once it has ended', async () => {
  const pair = await follow({ servers, sql: SQL, method: 'stream' });
  const stop = new AbortController();
  const following = run({ command: 'sync', ...pair, signal: stop.signal }).catch(() => undefined);
  await runSql(pair.source, "INSERT INTO t VALUES (1, 'a')");
  while ((await runSql(pair.target, 'SELECT FROM t')).length === 0) await sleep(20);
  const { only, failure } = await readStatus(pair, { options: { max_lag_seconds: 15 } });
  expect(failure).toBeNull();
  expect(only).toMatchObject({
    state: 'following',
    method: 'stream',
    slot: { is_active: true },
    tables: [{ state: 'following' }, { state: 'following' }],
    attention: [],
  });
  stop.abort();
  await following;
  expect((await readStatus(pair)).only).toMatchObject({ state: 'waiting', slot: { is_active: false } });
});

describe('a target that waits', () => {
  it('is behind by what is written while its subscription is disabled, until it is enabled as told', async () => {
    const pair = await follow({ servers, sql: SQL });
    await runSql(pair.target, `ALTER SUBSCRIPTION ${pair.name} DISABLE`);
    const { only: before } = await readStatus(pair);
    await runSql(pair.source, "INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 5000) AS i");
    const { only, failure } = await readStatus(pair);
    expect(failure).toBeNull();
    expect(only).toMatchObject({
      state: 'waiting',
      lag_seconds: null,
      slot: { is_active: false },
      tables: [{ state: 'waiting' }, { state: 'waiting' }],
      attention: [{ message: expect.stringContaining('is disabled') }],
    });
    expect(before.lag_seconds).toBeNull();
    expect((only.lag_bytes ?? 0) - (before.lag_bytes ?? 0)).toBeGreaterThan(5_000_000);
    expect((only.slot?.retained_bytes ?? 0) - (before.slot?.retained_bytes ?? 0)).toBeGreaterThan(5_000_000);
    await runSql(pair.target, only.attention[0]?.fix ?? '');
    const { only: after } = await readStatus(pair);
    expect(after).toMatchObject({ state: 'following', attention: [] });
    expect(after.lag_seconds).not.toBeNull();
    expect(after.lag_bytes ?? Infinity).toBeLessThan(1_000_000);
  });

  it('fails a run that names how far it may be behind', async () => {
    const pair = await follow({ servers, sql: SQL });
    const late = await readStatus(pair, { options: { max_lag_seconds: 0.000001 } });
    expect(late.failure).toMatchObject({
      code: 'sync_lagging',
      message: expect.stringMatching(/is \d+\.\d s behind/),
    });
    await runSql(pair.target, `ALTER SUBSCRIPTION ${pair.name} DISABLE`);
    const unknown = await readStatus(pair, { options: { max_lag_seconds: 3600 } });
    expect(unknown.failure).toMatchObject({
      code: 'sync_lagging',
      message: expect.stringContaining(`ALTER SUBSCRIPTION "${pair.name}" ENABLE`),
    });
  });

  it('asks for a worker where one of ours has to apply', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    const startedAt = performance.now();
    const { only, failure } = await readStatus(pair);
    expect(failure).toBeNull();
    expect(only).toMatchObject({
      state: 'waiting',
      method: 'stream',
      lag_seconds: null,
      attention: [{ fix: 'seren-replicator sync' }],
    });
    // Nobody begins to read by himself: that is not waited for.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('a target without sync', () => {
  it('is told how to begin, and which slot the source keeps for nobody', async () => {
    const source = await createDatabase(servers.source, SQL);
    const target = await createDatabase(servers.target, SQL);
    const missing = { code: 'sync_missing', message: expect.stringContaining('seren-replicator init') };
    await expect(readStatus({ source, target })).rejects.toMatchObject(missing);
    const name = 'seren_replicator_0123456789ab';
    await runSql(source, `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`);
    await expect(readStatus({ source, target })).rejects.toMatchObject({
      code: 'sync_missing',
      message: expect.stringContaining(`pg_drop_replication_slot('${name}')`),
    });
  });

  it('is left out beside one that has it', async () => {
    const pair = await follow({ servers, sql: SQL });
    const nameOf = (url: string) => new URL(url).pathname.slice(1);
    const other = await createDatabase(servers.source, SQL);
    const missing = unusedDatabaseUrl(servers.target);
    // Databases of a run keep their names: the followed one is asked about under its source's.
    await runSql(
      servers.target.url(),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${nameOf(pair.target)}'`,
    );
    const filter = { include_databases: [nameOf(pair.source), nameOf(other)] };
    await expect(readStatus({ source: pair.source, target: missing }, { filter })).rejects.toMatchObject({
      code: 'sync_missing',
    });
    await runSql(pair.target, `ALTER SUBSCRIPTION ${pair.name} DISABLE`);
    await runSql(
      servers.target.url(),
      `ALTER DATABASE ${nameOf(pair.target)} RENAME TO ${nameOf(pair.source)}`,
    );
    pair.target = servers.target.url(nameOf(pair.source));
    const { databases } = await readStatus({ source: pair.source, target: missing }, { filter });
    expect(databases.map(({ database }) => database)).toEqual([nameOf(pair.source)]);
  });

  it('refuses table filters: what is followed was decided by the copy', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    await expect(readStatus(pair, { filter: { include_tables: ['t'] } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });
});

describe('an abandoned slot', () => {
  it('is named with the log it keeps and the SQL that drops it; those of others and the followed one are not', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    const elsewhere = await createDatabase(servers.source);
    const name = 'seren_replicator_abcdef012345';
    await runSql(pair.source, `CREATE PUBLICATION ${name}`);
    await runSql(pair.source, `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`);
    await runSql(
      pair.source,
      "SELECT pg_create_logical_replication_slot('seren_replicator_of_others', 'pgoutput')",
    );
    await runSql(
      elsewhere,
      "SELECT pg_create_logical_replication_slot('seren_replicator_ffffffffffff', 'pgoutput')",
    );
    await runSql(pair.source, "INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 2000) AS i");
    const { abandoned_slots } = await readStatus(pair);
    expect(abandoned_slots).toMatchObject([{ name }]);
    expect(abandoned_slots[0]?.retained_bytes).toBeGreaterThan(2_000_000);
    await runSql(pair.source, abandoned_slots[0]?.fix ?? '');
    expect((await readStatus(pair)).abandoned_slots).toEqual([]);
    expect(await runSql(pair.source, `SELECT FROM pg_publication WHERE pubname = '${name}'`)).toEqual([]);
  });
});

it('leaves no session, neither when it is done nor when it is cancelled while it waits', async () => {
  const pair = await follow({ servers, sql: SQL });
  const countSessions = async () => {
    const own =
      "SELECT FROM pg_stat_activity WHERE application_name = 'seren-replicator' AND datname = current_database()";
    return (await runSql(pair.source, own)).length + (await runSql(pair.target, own)).length;
  };
  await readStatus(pair);
  expect(await countSessions()).toBe(0);
  // Whoever applies waits for this lock, so that the mark is not confirmed.
  const blocker = new pg.Client({ connectionString: pair.target });
  await blocker.connect();
  await blocker.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
  await runSql(pair.source, "INSERT INTO t VALUES (1, 'a')");
  const stop = new AbortController();
  const waiting = readStatus(pair, { signal: stop.signal });
  while ((await countSessions()) < 2) await sleep(20);
  stop.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  expect(await countSessions()).toBe(0);
  const { only } = await readStatus(pair, { tuning: { lagDeadlineMs: 1_500 } });
  expect(only).toMatchObject({ state: 'following', lag_seconds: null });
  await blocker.end();
});
