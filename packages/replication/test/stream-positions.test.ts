/** A stream applies every change between two positions, or says that it cannot: on sources that do not. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { runSql } from './database-pair.ts';
import {
  catchUp,
  createStreamPair,
  dropSlots,
  follow,
  rowsOf,
  waitUntil,
  walEnd,
  type StreamPair,
} from './stream-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 18);
afterEach(dropSlots);

const TABLE = 'CREATE TABLE t (id int PRIMARY KEY)';

function expectLost(outcome: Promise<unknown>, message: RegExp): Promise<void> {
  return expect(outcome).rejects.toMatchObject({
    code: 'slot_lost',
    message: expect.stringMatching(message),
  });
}

describe('a slot', () => {
  it('is never ahead of what the target has noted, also where nothing of interest is written', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const ending = new AbortController();
    const following = follow(pair, { signal: ending.signal });
    following.catch(() => undefined);
    const isConfirmed = (lsn: string) =>
      `SELECT confirmed_flush_lsn >= '${lsn}' AS ok FROM pg_replication_slots WHERE slot_name = '${pair.name}'`;
    await waitUntil(pair.source, isConfirmed(await walEnd(pair.source)));
    await waitUntil(pair.source, isConfirmed(await walEnd(pair.source)));
    ending.abort();
    await expect(following).rejects.toMatchObject({ code: 'cancelled' });
    const [slot] = await runSql(
      pair.source,
      'SELECT confirmed_flush_lsn::text AS lsn FROM pg_replication_slots WHERE slot_name = $1',
      [pair.name],
    );
    const noted = 'SELECT applied >= $1::pg_lsn AS ok FROM seren_replicator_sync.progress';
    expect(await runSql(pair.target, noted, [slot?.['lsn']])).toEqual([{ ok: true }]);
    await catchUp(pair);
  });

  it('is refused when it is ahead: its changes went to somebody else, or the target is an older one', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await catchUp(pair);
    await runSql(pair.source, 'INSERT INTO t VALUES (2)');
    await runSql(pair.source, 'SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())', [pair.name]);
    await runSql(pair.source, 'INSERT INTO t VALUES (3)');
    await expectLost(catchUp(pair), /was read to .*init --drop-existing/);
    expect(await runSql(pair.target, 'SELECT id FROM t')).toEqual([{ id: 1 }]);
  });

  it('is refused on a source whose log ends before what is applied: it is an older one', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(pair.target, "UPDATE seren_replicator_sync.progress SET applied = 'FFFF/0'");
    await expectLost(follow(pair), /log that ends at .*before FFFF\/0/);
  });
});

describe('a publication', () => {
  /** Of the tables that are there alone, as `init` makes it. */
  async function createPair(): Promise<StreamPair> {
    const pair = await createStreamPair(servers, `${TABLE}; CREATE TABLE u (id int PRIMARY KEY)`);
    await runSql(
      pair.source,
      `DROP PUBLICATION ${pair.name}; CREATE PUBLICATION ${pair.name} FOR TABLE t, u; INSERT INTO t VALUES (1)`,
    );
    return pair;
  }

  it('ends the stream when it is dropped', async () => {
    const pair = await createPair();
    const following = follow(pair);
    const lost = expectLost(following, /publication .* is not there.*init --drop-existing/);
    await waitUntil(pair.target, 'SELECT count(*) = 1 FROM t');
    await runSql(pair.source, `DROP PUBLICATION ${pair.name}`);
    await runSql(pair.source, 'INSERT INTO t VALUES (2)');
    await lost;
  });

  it.each([
    ['ALTER PUBLICATION %s DROP TABLE t'],
    ["ALTER PUBLICATION %s SET (publish = 'insert')"],
    ['DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY)'],
    ['ALTER TABLE t RENAME TO gone; CREATE TABLE t (id int PRIMARY KEY)'],
  ])('ends it when changes are no longer in it: %s', async (change) => {
    const pair = await createPair();
    await runSql(pair.source, `${change.replace('%s', pair.name)}; INSERT INTO t VALUES (2)`);
    await expectLost(catchUp(pair), /publication .* (lacks|leaves out)/);
  });

  it('is complete without a table that the source has dropped', async () => {
    const pair = await createPair();
    await runSql(pair.source, 'DROP TABLE u; INSERT INTO t VALUES (2)');
    await catchUp(pair);
    const { source, target } = await rowsOf(pair, 'SELECT * FROM t');
    expect(target).toEqual(source);
  });
});
