/** When a stream begins, ends and is let in; what it tells the source meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { SyncProgress } from '@seren-replicator/job-models';
import pg from 'pg';
import { compareLsn } from '../src/stream/lsn.ts';
import { runSql } from './database-pair.ts';
import {
  catchUp,
  confirmedBeyond,
  createStreamPair,
  dropSlots,
  follow,
  followInBackground,
  untilApplied,
  waitUntil,
  walEnd,
  type StreamPair,
} from './stream-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 17);
afterEach(dropSlots);

const TABLE = 'CREATE TABLE t (id int PRIMARY KEY, v text)';
const OURS = "SELECT count(*) = 0 AS ok FROM pg_stat_activity WHERE application_name = 'seren-replicator'";

/** Ends who reads the slot, or drops it when nobody does; gives nothing once it is gone. */
const takeAway = ({ name }: StreamPair) =>
  `SELECT CASE WHEN active_pid IS NULL THEN pg_drop_replication_slot(slot_name)::text
               ELSE pg_terminate_backend(active_pid)::text END
   FROM pg_replication_slots WHERE slot_name = '${name}'`;

describe('a stream ends', () => {
  it('when it reaches the position that is written into its record', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const { done } = followInBackground(pair);
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await untilApplied(pair);
    await runSql(pair.source, 'INSERT INTO t VALUES (2)');
    const end = await walEnd(pair.source);
    await runSql(pair.target, `UPDATE seren_replicator_sync.run SET stop_at = '${end}'`);
    const { applied, rows, transactions } = await done;
    expect({ rows, transactions }).toEqual({ rows: 2, transactions: 2 });
    expect(compareLsn(applied, end)).toBeGreaterThanOrEqual(0);
    expect(await runSql(pair.source, confirmedBeyond(pair, end))).toEqual([{ ok: true }]);
    expect(await runSql(pair.target, 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 2 }]);
    expect(await follow(pair)).toMatchObject({ rows: 0, transactions: 0 });
  });

  it('at a position after which nothing of interest was written', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(
      servers.source.url(),
      'CREATE TABLE IF NOT EXISTS elsewhere AS SELECT generate_series(1, 1000)',
    );
    const { rows } = await catchUp(pair);
    expect(rows).toBe(0);
  });

  it('at once when it is cancelled, with no session left on either server', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const { done, controller } = followInBackground(pair);
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await untilApplied(pair);
    await runSql(
      pair.source,
      "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(2, 200000) AS i",
    );
    const began = performance.now();
    controller.abort();
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await runSql(pair.source, OURS)).toEqual([{ ok: true }]);
    expect(await runSql(pair.target, OURS)).toEqual([{ ok: true }]);
    await catchUp(pair);
    expect(await runSql(pair.target, 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 200_000 }]);
  });

  it.each([true, false])(
    'well when a cutover takes its slot away (and leaves the record: %s)',
    async (isLeft) => {
      const pair = await createStreamPair(servers, TABLE);
      const { done } = followInBackground(pair);
      await runSql(pair.source, 'INSERT INTO t VALUES (1)');
      await untilApplied(pair);
      await runSql(
        pair.target,
        `UPDATE seren_replicator_sync.run SET cutover = '{"lock": null, "isReverseBegun": false, "isPastReturn": true}'`,
      );
      while ((await runSql(pair.source, takeAway(pair))).length > 0) await sleep(10);
      if (!isLeft) await runSql(pair.target, 'DROP SCHEMA seren_replicator_sync CASCADE');
      expect(await done).toMatchObject({ rows: 1, transactions: 1 });
    },
  );

  it('at its deadline while the target makes it wait', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const blocker = await connect({ connectionString: pair.target });
    await blocker.query('BEGIN; LOCK TABLE t IN SHARE MODE');
    const deadline = new AbortController();
    const { done } = followInBackground(pair, { deadline: deadline.signal });
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await waitUntil(
      pair.target,
      "SELECT count(*) > 0 AS ok FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    );
    deadline.abort();
    const outcome = await Promise.race([done.catch((error: unknown) => error), sleep(3_000)]);
    await blocker.end();
    expect(outcome).toMatchObject({ code: 'cancelled' });
  });

  it('with no session left when it stops at a conflict', async () => {
    const pair = await createStreamPair(servers, TABLE, 'INSERT INTO t VALUES (5)');
    await runSql(pair.source, 'INSERT INTO t SELECT generate_series(1, 10)');
    await expect(catchUp(pair)).rejects.toMatchObject({ code: 'sync_conflict' });
    await waitUntil(pair.source, OURS);
    await waitUntil(pair.target, OURS);
  });
});

describe('one stream at a time', () => {
  it('applies to a database: a second one is refused, which names the first', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const { done, controller } = followInBackground(pair);
    await untilApplied(pair);
    await expect(follow(pair)).rejects.toMatchObject({
      code: 'target_in_use',
      message: expect.stringMatching(
        /kept up to date by another run, from 127\.0\.0\.1, since .* \(server process \d+\)/,
      ),
    });
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await untilApplied(pair);
    controller.abort();
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('waits while a cutover applies what nobody else does', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const cutover = await connect({ connectionString: pair.target });
    await cutover.query('SELECT pg_advisory_lock(1936028261, 5), pg_advisory_lock(1936028261, 3)');
    const { done, controller } = followInBackground(pair);
    // Longer than it takes to be refused by another stream.
    await Promise.race([done, sleep(4_000)]);
    await cutover.end();
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await untilApplied(pair);
    controller.abort();
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('reads a slot: what a predecessor left is ended on both servers', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const application_name = 'seren-replicator';
    const ghosts = await Promise.all([
      connect({ connectionString: pair.target, application_name }),
      connect({ connectionString: pair.source, application_name, replication: 'database' }),
    ]);
    // As the session of a dead run that was in the middle of a transaction, and as its reader of the slot.
    await ghosts[0].query('SELECT pg_advisory_lock_shared(1936028261, 4)');
    await ghosts[0].query('BEGIN; INSERT INTO t VALUES (1)');
    ghosts[1]
      .query(
        `START_REPLICATION SLOT ${pair.name} LOGICAL 0/0 (proto_version '1', publication_names '${pair.name}')`,
      )
      .catch(() => undefined);
    await waitUntil(
      pair.source,
      `SELECT active AS ok FROM pg_replication_slots WHERE slot_name = '${pair.name}'`,
    );
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    expect(await catchUp(pair)).toMatchObject({ rows: 1 });
  });
});

async function connect(config: pg.ClientConfig & { replication?: string }): Promise<pg.Client> {
  const client = new pg.Client(config);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('what a stream tells the source', () => {
  it('lets the slot advance over what is not published', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const { done, controller } = followInBackground(pair);
    const before = await walEnd(pair.source);
    await runSql(
      servers.source.url(),
      'CREATE TABLE noise AS SELECT generate_series(1, 10000); DROP TABLE noise',
    );
    await waitUntil(pair.source, confirmedBeyond(pair, before));
    await untilApplied(pair);
    controller.abort();
    await done.catch(() => undefined);
  });

  it('confirms nothing that is not committed on the target', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await catchUp(pair);
    const blocker = await connect({ connectionString: pair.target });
    await blocker.query('BEGIN; LOCK TABLE t IN SHARE MODE');
    const { done, controller } = followInBackground(pair);
    await waitUntil(
      pair.source,
      `SELECT active AS ok FROM pg_replication_slots WHERE slot_name = '${pair.name}'`,
    );
    await runSql(pair.source, 'INSERT INTO t VALUES (2)');
    const end = await walEnd(pair.source);
    await waitUntil(
      pair.target,
      "SELECT count(*) > 0 AS ok FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    );
    await sleep(1_500);
    expect(await runSql(pair.source, confirmedBeyond(pair, end))).toEqual([{ ok: false }]);
    await blocker.end();
    await waitUntil(pair.source, confirmedBeyond(pair, end));
    controller.abort();
    await done.catch(() => undefined);
  });

  it('answers in time while the target is slow', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(
      pair.source,
      `ALTER DATABASE ${new URL(pair.source).pathname.slice(1)} SET wal_sender_timeout = '1s'`,
    );
    const blocker = await connect({ connectionString: pair.target });
    await blocker.query('BEGIN; LOCK TABLE t IN SHARE MODE');
    const logged: string[] = [];
    const { done, controller } = followInBackground(pair, { onLog: (message) => logged.push(message) });
    await runSql(
      pair.source,
      "INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 30000) AS i",
    );
    await sleep(4_000);
    await blocker.end();
    await untilApplied(pair);
    controller.abort();
    await done.catch(() => undefined);
    expect(logged).toEqual([]);
    expect(await runSql(pair.target, 'SELECT count(*)::int AS n FROM t')).toEqual([{ n: 30_000 }]);
  });

  it('tells how far behind it is', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const blocker = await connect({ connectionString: pair.target });
    await blocker.query('BEGIN; LOCK TABLE t IN SHARE MODE');
    const seen: SyncProgress[] = [];
    const { done, controller } = followInBackground(pair, { onProgress: (progress) => seen.push(progress) });
    await runSql(
      pair.source,
      "INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 100000) AS i",
    );
    const deadline = performance.now() + 20_000;
    while (!seen.some(({ lag_bytes }) => lag_bytes > 1_000_000) && performance.now() < deadline)
      await sleep(50);
    expect(seen.at(-1)?.lag_bytes).toBeGreaterThan(1_000_000);
    await blocker.end();
    await untilApplied(pair);
    await sleep(2_500);
    controller.abort();
    await done.catch(() => undefined);
    expect(seen.at(-1)).toMatchObject({ rows: 100_000 });
    expect(seen.at(-1)?.lag_bytes).toBeLessThan(10_000);
  });
});
