/** What `status` tells of a sync that somebody has to mend, and that what it says mends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { asUser, runSql } from './database-pair.ts';
import { follow, readStatus, unfollowAll, type FollowedPair } from './followed-pair.ts';

let old: PostgresServer;
let current: PostgresServer;
let servers: { source: PostgresServer; target: PostgresServer };

/** Failed workers are started again at once. */
const settings = { wal_retrieve_retry_interval: '100ms' };

beforeAll(async () => {
  [old, current] = await Promise.all([
    startPostgres({ major: 14, settings }),
    startPostgres({ major: 18, settings }),
  ]);
  servers = { source: old, target: current };
});
afterAll(() => Promise.all([old.stop(), current.stop()]));
afterEach(unfollowAll);

const SQL = 'CREATE TABLE t (id int PRIMARY KEY, a text)';

async function waitFor(url: string, sql: string): Promise<void> {
  while ((await runSql(url, sql)).length === 0) await sleep(50);
}

/** A row that the target has already, then one that it takes once the first is dealt with. */
async function collide(pair: FollowedPair): Promise<void> {
  await runSql(pair.target, "INSERT INTO t VALUES (1, 'of the target')");
  await runSql(pair.source, "INSERT INTO t VALUES (1, 'of the source')");
  await runSql(pair.source, "INSERT INTO t VALUES (2, 'next')");
}

describe('a change that the target cannot apply', () => {
  it('is a conflict with the way to skip its transaction', async () => {
    const pair = await follow({ servers, sql: SQL });
    await collide(pair);
    const { only, failure } = await readStatus(pair);
    expect(failure).toMatchObject({ code: 'sync_conflict', message: expect.stringContaining('row id = 1') });
    expect(only).toMatchObject({ state: 'broken', lag_seconds: null, tables: [{ state: 'broken' }] });
    const [conflict] = only.conflicts;
    expect(conflict).toMatchObject({ table: 'public.t', key: 'id = 1' });
    expect(conflict?.message).toMatch(/stands in the way \(t_pkey\) \([1-9]\d* attempts so far\)/);
    expect(await runSql(pair.target, 'SELECT a FROM t')).toEqual([{ a: 'of the target' }]);
    expect(only.conflicts).toHaveLength(1);
    const skip = /ALTER SUBSCRIPTION \S+ SKIP \(lsn = '[0-9A-F]+\/[0-9A-F]+'\);/.exec(
      conflict?.fix ?? '',
    )?.[0];
    await runSql(pair.target, skip ?? '');
    await waitFor(pair.target, 'SELECT FROM t WHERE id = 2');
    expect(await runSql(pair.target, 'SELECT a FROM t WHERE id = 1')).toEqual([{ a: 'of the target' }]);
    expect((await readStatus(pair)).only).toMatchObject({ state: 'following', conflicts: [], attention: [] });
  });

  it('is named wherever it is in its transaction, and applied when it was dealt with', async () => {
    const pair = await follow({
      servers,
      sql: `${SQL}; CREATE TABLE u (id int, v int, PRIMARY KEY (id, v))`,
    });
    await runSql(pair.source, "INSERT INTO t VALUES (1, 'a')");
    await waitFor(pair.target, 'SELECT FROM t WHERE id = 1');
    await runSql(pair.target, 'DELETE FROM t; ALTER TABLE u ADD CHECK (v < 500)');
    await runSql(
      pair.source,
      `BEGIN; UPDATE t SET a = 'b'; INSERT INTO u SELECT i, i FROM generate_series(1, 1000) AS i; COMMIT`,
    );
    const { only } = await readStatus(pair);
    expect(only.conflicts).toMatchObject([{ table: 'public.u', key: 'id = 500, v = 500' }]);
    expect(only.conflicts[0]?.message).toContain('A CHECK of the target refuses the row (u_v_check)');
    await runSql(pair.target, 'ALTER TABLE u DROP CONSTRAINT u_v_check');
    await waitFor(pair.target, 'SELECT FROM u WHERE id = 1000');
  });

  it('is left to the log of the server when it cannot be tried', async () => {
    const pair = await follow({ servers, sql: `${SQL}; CREATE TABLE u (id int PRIMARY KEY)` });
    await runSql(pair.target, 'INSERT INTO u VALUES (1)');
    await runSql(pair.source, 'BEGIN; TRUNCATE t; INSERT INTO u VALUES (1); COMMIT');
    const { only } = await readStatus(pair);
    expect(only.conflicts).toMatchObject([
      { message: expect.stringContaining('its server log names the row') },
    ]);
  });

  it('is seen on a target that does not count failures, too', async () => {
    const pair = await follow({ servers: { source: current, target: old }, sql: SQL });
    await collide(pair);
    const { only, failure } = await readStatus(pair, { tuning: { lagDeadlineMs: 3_000 } });
    expect(failure).toMatchObject({ code: 'sync_conflict' });
    expect(only).toMatchObject({
      state: 'broken',
      conflicts: [{ table: 'public.t', key: 'id = 1' }],
    });
    const skip = /ALTER SUBSCRIPTION \S+ DISABLE; .* ENABLE;/.exec(only.attention[0]?.fix ?? '')?.[0];
    for (const statement of (skip ?? '').split(/(?<=;) /)) await runSql(pair.target, statement);
    await waitFor(pair.target, 'SELECT FROM t WHERE id = 2');
    expect((await readStatus(pair)).only.state).toBe('following');
  });

  it('of a worker of ours is told as it was recorded', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    await runSql(
      pair.target,
      `INSERT INTO seren_replicator_sync.conflict VALUES ('public.t', 'id = 1', 'duplicate key', 'DELETE FROM t WHERE id = 1')`,
    );
    const { only, failure } = await readStatus(pair);
    expect(failure).toMatchObject({ code: 'sync_conflict' });
    expect(failure?.message).toContain('public.t (id = 1)');
    expect(only).toMatchObject({
      state: 'broken',
      tables: [{ table: 'public.t', state: 'broken' }],
      conflicts: [
        { table: 'public.t', key: 'id = 1', message: 'duplicate key', fix: 'DELETE FROM t WHERE id = 1' },
      ],
      attention: [{ fix: 'DELETE FROM t WHERE id = 1; then: seren-replicator sync' }],
    });
  });
});

it('counts changes that found no row on the target', async () => {
  const pair = await follow({ servers, sql: SQL });
  await runSql(pair.source, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  await waitFor(pair.target, 'SELECT FROM t WHERE id = 2');
  await runSql(pair.target, 'DELETE FROM t');
  await runSql(pair.source, "UPDATE t SET a = 'c' WHERE id = 1; DELETE FROM t WHERE id = 2");
  await readStatus(pair);
  await waitFor(pair.target, 'SELECT FROM pg_stat_subscription_stats WHERE confl_delete_missing > 0');
  const { only } = await readStatus(pair);
  expect(only).toMatchObject({
    state: 'following',
    attention: [{ message: expect.stringContaining('(delete missing: 1, update missing: 1)') }],
  });
});

describe('what was taken away', () => {
  it('a subscription that is gone, is made again by sync', async () => {
    const pair = await follow({ servers, sql: SQL });
    for (const change of ['DISABLE', 'SET (slot_name = NONE)']) {
      await runSql(pair.target, `ALTER SUBSCRIPTION ${pair.name} ${change}`);
    }
    await runSql(pair.target, `DROP SUBSCRIPTION ${pair.name}`);
    const { only, failure } = await readStatus(pair);
    expect(failure).toMatchObject({ code: 'sync_conflict' });
    expect(only).toMatchObject({ state: 'broken', attention: [{ fix: 'seren-replicator sync' }] });
  });

  it('a table that left the publication, and one that the subscription does not know', async () => {
    const pair = await follow({ servers, sql: `${SQL}; CREATE TABLE u (id int PRIMARY KEY)` });
    await runSql(pair.source, `ALTER PUBLICATION ${pair.name} DROP TABLE u`);
    const { only, failure } = await readStatus(pair);
    expect(failure).toBeNull();
    expect(only).toMatchObject({
      state: 'following',
      tables: [
        { table: 'public.t', state: 'following' },
        { table: 'public.u', state: 'not published' },
      ],
      attention: [{ message: expect.stringMatching(/lacks tables.*: public\.u$/) }],
    });
    const [add, refresh] = (only.attention[0]?.fix ?? '').split(';');
    await runSql(pair.target, `ALTER SUBSCRIPTION ${pair.name} REFRESH PUBLICATION`);
    await runSql(pair.source, add ?? '');
    const { only: unknown } = await readStatus(pair);
    expect(unknown).toMatchObject({
      tables: [{}, { table: 'public.u', state: 'not subscribed' }],
      attention: [{ message: expect.stringMatching(/does not know: public\.u$/) }],
    });
    await runSql(pair.target, (refresh ?? '').replace(/.*ALTER/, 'ALTER'));
    expect((await readStatus(pair)).only).toMatchObject({
      tables: [{}, { state: 'following' }],
      attention: [],
    });
  });

  it('a publication that is gone', async () => {
    const pair = await follow({ servers, sql: SQL });
    await runSql(pair.source, `DROP PUBLICATION ${pair.name}`);
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    const { only, failure } = await readStatus(pair, { tuning: { lagDeadlineMs: 1_500 } });
    expect(failure).toMatchObject({ code: 'sync_conflict' });
    expect(only).toMatchObject({
      state: 'broken',
      attention: [
        { message: expect.stringContaining('publication'), fix: expect.stringContaining('--drop-existing') },
      ],
    });
  });

  it('a copy that was interrupted, and its slot not yet made', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    await runSql(pair.target, "UPDATE seren_replicator_sync.run SET state = 'copying'");
    const { only, failure } = await readStatus(pair);
    expect(failure).toBeNull();
    expect(only).toMatchObject({
      state: 'copying',
      tables: [{ state: 'copying' }],
      attention: [{ fix: expect.stringContaining('sync --stop') }],
    });
    await runSql(pair.source, `SELECT pg_drop_replication_slot('${pair.name}')`);
    expect((await readStatus(pair)).only).toMatchObject({ state: 'copying', slot: null });
  });
});

describe('a slot', () => {
  it('that is gone, or that another source never had', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    await runSql(pair.source, `SELECT pg_drop_replication_slot('${pair.name}')`);
    const { only, failure } = await readStatus(pair);
    expect(failure).toMatchObject({
      code: 'slot_lost',
      message: expect.stringContaining('init --drop-existing'),
    });
    expect(only).toMatchObject({ state: 'broken', slot: null, lag_bytes: null });
    await runSql(
      pair.target,
      `UPDATE seren_replicator_sync.run SET plan = jsonb_set(plan, '{fingerprint}', '{"source database": "shop (oid 5)"}')`,
    );
    const { only: other } = await readStatus(pair);
    expect(other.attention[0]?.message).toContain('source database: shop (oid 5) before');
  });

  it('is told of while its limit is near, and lost when the source has given it up', async () => {
    const pair = await follow({ servers, sql: SQL, method: 'stream' });
    await runSql(old.url(), 'ALTER SYSTEM SET max_slot_wal_keep_size = 64');
    await runSql(old.url(), 'SELECT pg_reload_conf()');
    const write = async (segments: number) => {
      for (let i = 0; i < segments; i += 1) {
        await runSql(pair.source, "INSERT INTO t SELECT coalesce(max(id), 0) + 1, 'x' FROM t");
        await runSql(pair.source, 'SELECT pg_switch_wal()');
      }
    };
    await write(1);
    const { only: early } = await readStatus(pair);
    expect(early.slot?.left_bytes).toBeGreaterThan(16 * 1024 * 1024);
    expect(early.attention).toHaveLength(1);
    await write(3);
    const { only: near, failure: none } = await readStatus(pair);
    expect(none).toBeNull();
    expect(near.slot?.left_bytes).toBeLessThan(early.slot?.left_bytes ?? 0);
    expect(near.attention[1]).toMatchObject({ fix: expect.stringContaining('max_slot_wal_keep_size = -1') });
    await write(8);
    await runSql(pair.source, 'CHECKPOINT');
    const { only: lost, failure } = await readStatus(pair, { options: { max_lag_seconds: 60 } });
    expect(failure).toMatchObject({ code: 'slot_lost' });
    expect(lost).toMatchObject({
      state: 'broken',
      slot: { wal_status: 'lost', retained_bytes: 0 },
      lag_seconds: null,
      attention: [{ message: expect.stringContaining('given up') }],
    });
    await runSql(old.url(), 'ALTER SYSTEM RESET max_slot_wal_keep_size');
    await runSql(old.url(), 'SELECT pg_reload_conf()');
  });
});

it('answers roles that may read the databases and little else', async () => {
  const pair = await follow({ servers, sql: `${SQL}; CREATE SEQUENCE s`, method: 'stream' });
  await runSql(old.url(), "CREATE ROLE reader LOGIN PASSWORD 'reader'");
  await runSql(current.url(), "CREATE ROLE reader LOGIN PASSWORD 'reader'");
  await runSql(
    pair.target,
    'GRANT USAGE ON SCHEMA seren_replicator_sync TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA seren_replicator_sync TO reader',
  );
  const { only, failure } = await readStatus({
    source: asUser(pair.source, 'reader'),
    target: asUser(pair.target, 'reader'),
  });
  expect(failure).toBeNull();
  expect(only).toMatchObject({ state: 'waiting', slot: { name: pair.name }, drift: [], sequences: [] });
  expect(only.lag_bytes).not.toBeNull();
  expect(only.attention.map(({ message }) => message)).toEqual([
    expect.stringContaining('nobody reads'),
    expect.stringContaining('sequences'),
  ]);
});
