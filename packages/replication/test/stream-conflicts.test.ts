/** Where the target is not what the source was, the stream stops and says which row. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { asUser, runSql, uniqueName } from './database-pair.ts';
import {
  catchUp,
  createStreamPair,
  dropSlots,
  follow,
  followTogether,
  rowsOf,
  waitUntil,
  walEnd,
  type StreamPair,
} from './stream-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 17);
afterEach(dropSlots);

const TABLE = `CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE, secret text);
               INSERT INTO t SELECT i, 'c' || i, 'hidden' || i FROM generate_series(1, 500) AS i`;

async function conflictOf({ target }: StreamPair): Promise<unknown> {
  return (await runSql(target, 'SELECT * FROM seren_replicator_sync.conflict'))[0];
}

async function expectConflict(
  pair: StreamPair,
  table: string,
  key: string,
  message: RegExp,
): Promise<string> {
  const error: unknown = await catchUp(pair).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'sync_conflict', message: expect.stringMatching(message) });
  const { message: text } = error as Error;
  expect(text).toContain(table);
  expect(text).toContain(key);
  expect(text).not.toContain('hidden');
  expect(await conflictOf(pair)).toMatchObject({ table, key });
  return text;
}

describe('a stream that meets what somebody else has changed', () => {
  it.each([
    ['UPDATE t SET secret = secret || 1 WHERE id > 100', 'DELETE FROM t WHERE id = 333', /UPDATE met no row/],
    ['DELETE FROM t WHERE id > 100', 'DELETE FROM t WHERE id = 333', /DELETE met no row/],
    ['UPDATE t SET id = id + 1000 WHERE id > 100', 'DELETE FROM t WHERE id = 333', /UPDATE met no row/],
  ])('stops at the row it does not find: %s', async (change, before, message) => {
    const pair = await createStreamPair(servers, TABLE, before);
    const other = "INSERT INTO t VALUES (2000, 'new', 'n')";
    await runSql(pair.source, other);
    await runSql(pair.source, change);
    await expectConflict(pair, 'public.t', 'id = 333', message);
    // What came before it is there, what it belongs to is not.
    expect(
      await runSql(pair.target, "SELECT count(*)::int AS n FROM t WHERE secret LIKE 'hidden%' OR id = 2000"),
    ).toEqual([{ n: 500 }]);
    await runSql(pair.target, "INSERT INTO t VALUES (333, 'c333', 'hidden333')");
    await catchUp(pair);
    const { source, target } = await rowsOf(pair, 'SELECT * FROM t');
    expect(target).toEqual(source);
    expect(await conflictOf(pair)).toBeUndefined();
  });

  it.each([
    ["(700, 'other', 'hidden')", 'id = 700'],
    ["(999, 'c700', 'hidden')", 'id = 700'],
  ])('stops at a row that is there already: %s', async (own, key) => {
    const pair = await createStreamPair(servers, TABLE, `INSERT INTO t VALUES ${own}`);
    await runSql(
      pair.source,
      "INSERT INTO t SELECT i, 'c' || i, 'hidden' FROM generate_series(600, 900) AS i",
    );
    const text = await expectConflict(pair, 'public.t', key, /stands in the way \(t_/);
    expect(text).toMatch(/delete that row on the target, then run sync again/);
    await runSql(pair.target, 'DELETE FROM t WHERE id > 500');
    await catchUp(pair);
    expect((await rowsOf(pair, 'SELECT * FROM t')).target).toHaveLength(801);
  });

  it('stops where the whole row is the identity, naming the key if there is one', async () => {
    const pair = await createStreamPair(
      servers,
      `${TABLE}; ALTER TABLE t REPLICA IDENTITY FULL; CREATE TABLE u (secret text); INSERT INTO u VALUES ('hidden'); ALTER TABLE u REPLICA IDENTITY FULL`,
      "UPDATE t SET secret = 'other' WHERE id = 5; UPDATE u SET secret = 'other'",
    );
    await runSql(pair.source, "UPDATE t SET code = code || '+'");
    await expectConflict(pair, 'public.t', 'id = 5', /UPDATE met no row/);
    await runSql(pair.target, "UPDATE t SET secret = 'hidden5' WHERE id = 5");
    await runSql(pair.source, 'DELETE FROM u');
    await expectConflict(pair, 'public.u', '', /DELETE met no row/);
  });

  it('says which column the target works out itself, and goes on when it does not', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(pair.source, 'ALTER TABLE t ADD COLUMN n int');
    await runSql(pair.target, 'ALTER TABLE t ADD COLUMN n int GENERATED ALWAYS AS (id + 1) STORED');
    await runSql(pair.source, 'UPDATE t SET n = 7 WHERE id = 3');
    const text = await expectConflict(pair, 'public.t', '', /works out the column n itself/);
    await runSql(pair.target, /ALTER TABLE .* DROP EXPRESSION/.exec(text)?.[0] ?? '');
    await catchUp(pair);
    expect(await runSql(pair.target, 'SELECT n FROM t WHERE id = 3')).toEqual([{ n: 7 }]);
  });

  it('says which column or table is missing, and goes on when it is there', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(
      pair.source,
      "CREATE TYPE size AS ENUM ('s', 'm'); ALTER TABLE t ADD COLUMN \"S\" size; ALTER TABLE t ADD COLUMN n numeric(5,2)",
    );
    await runSql(pair.source, 'UPDATE t SET n = 1.5, "S" = \'m\' WHERE id = 3');
    const text = await expectConflict(pair, 'public.t', '', /does not have the column S, n/);
    expect(text).toContain(
      'ALTER TABLE "public"."t" ADD COLUMN "S" public.size, ADD COLUMN "n" numeric(5,2)',
    );
    await runSql(
      pair.target,
      "CREATE TYPE size AS ENUM ('s', 'm'); ALTER TABLE t ADD COLUMN \"S\" size; ALTER TABLE t ADD COLUMN n numeric(5,2)",
    );
    await runSql(pair.source, 'CREATE TABLE late (id int PRIMARY KEY); INSERT INTO late VALUES (1)');
    await expectConflict(pair, 'public.late', '', /is not on the target/);
    await runSql(pair.target, 'CREATE TABLE late (id int PRIMARY KEY)');
    await catchUp(pair);
    const { source, target } = await rowsOf(pair, 'SELECT * FROM t');
    expect(target).toEqual(source);
  });

  it.each([
    [
      "UPDATE t SET code = 'much longer' WHERE id = 7",
      'ALTER TABLE t ALTER code TYPE varchar(5)',
      'id = 7',
      /do not take a value \(SQLSTATE 22001\)/,
    ],
    [
      "INSERT INTO t VALUES (501, 'x', 'hidden')",
      'ALTER TABLE t ADD COLUMN must int NOT NULL',
      'id = 501',
      /takes no NULL/,
    ],
    [
      "INSERT INTO t VALUES (501, NULL, 'hidden')",
      'ALTER TABLE t ALTER code SET NOT NULL',
      'id = 501',
      /code takes no NULL/,
    ],
    [
      "INSERT INTO t VALUES (501, 'x', 'hidden')",
      'ALTER TABLE t ADD CHECK (id < 501)',
      'id = 501',
      /A CHECK of the target refuses/,
    ],
  ])('stops at what the schema of the target does not take: %s', async (change, onTarget, key, message) => {
    const pair = await createStreamPair(
      servers,
      TABLE.replaceAll('500', '50'),
      onTarget.includes('must') ? 'DELETE FROM t; ' + onTarget : onTarget,
    );
    await runSql(pair.source, change);
    await expectConflict(pair, 'public.t', key, message);
  });
});

describe('a stream among several', () => {
  it('that stops at a conflict ends the others, and is the one that is told of', async () => {
    const calm = await createStreamPair(servers, TABLE);
    const pair = await createStreamPair(servers, TABLE, "INSERT INTO t VALUES (700, 'other', 'hidden')");
    await runSql(pair.source, "INSERT INTO t VALUES (700, 'c700', 'hidden')");
    await expect(followTogether([calm, pair])).rejects.toMatchObject({
      code: 'sync_conflict',
      message: expect.stringContaining('id = 700'),
    });
  });
});

describe('a role that may not keep triggers from firing', () => {
  async function createRole(pair: StreamPair, grants = ''): Promise<StreamPair> {
    const role = uniqueName('plain');
    await runSql(
      pair.target,
      `CREATE ROLE ${role} LOGIN PASSWORD '${role}'; GRANT ALL ON ALL TABLES IN SCHEMA public, seren_replicator_sync TO ${role};
       GRANT ALL ON SCHEMA public, seren_replicator_sync TO ${role}; ${grants.replaceAll('ROLE', role)}`,
    );
    return { ...pair, target: asUser(pair.target, role) };
  }

  const WITH_KEY =
    'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE)';

  it('is refused where one would fire, with what to grant', async () => {
    const pair = await createRole(await createStreamPair(servers, WITH_KEY));
    await expect(catchUp(pair)).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringMatching(
        /foreign key c_t_fkey of public\.t .*GRANT SET ON PARAMETER session_replication_role TO "plain_/,
      ),
    });
  });

  it('may apply when it is granted that', async () => {
    const pair = await createRole(
      await createStreamPair(servers, WITH_KEY),
      'GRANT SET ON PARAMETER session_replication_role TO ROLE',
    );
    await runSql(
      pair.source,
      'INSERT INTO t VALUES (1), (2); INSERT INTO c VALUES (1, 1); DELETE FROM t WHERE id = 1',
    );
    await catchUp(pair);
    expect((await rowsOf(pair, 'SELECT * FROM c')).target).toEqual([]);
  });

  it('stops where the target refuses a commit, naming the table', async () => {
    const schema =
      'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p DEFERRABLE); INSERT INTO p VALUES (1)';
    const pair = await createRole(await createStreamPair(servers, schema, 'DELETE FROM p'));
    await runSql(pair.source, 'INSERT INTO c VALUES (1, 1)');
    await expectConflict(pair, 'public.c', '', /A foreign key of the target refuses the row \(c_p_fkey\)/);
  });

  it('may apply where nothing fires, in the order of the source', async () => {
    const pair = await createRole(
      await createStreamPair(
        servers,
        'CREATE TABLE t (id int PRIMARY KEY, pos int UNIQUE DEFERRABLE); CREATE TABLE c (id int PRIMARY KEY, t int REFERENCES t)',
      ),
    );
    await runSql(
      pair.source,
      `BEGIN; INSERT INTO t VALUES (1, 1), (2, 2); INSERT INTO c VALUES (1, 1); INSERT INTO t VALUES (3, 3); INSERT INTO c VALUES (3, 3); COMMIT;
       UPDATE t SET pos = 4 - pos;
       BEGIN; DELETE FROM t WHERE id = 2; DELETE FROM c WHERE t = 3; DELETE FROM t WHERE id = 3; COMMIT`,
    );
    const logged: string[] = [];
    await catchUp(pair, { onLog: (message) => logged.push(message) });
    expect(logged).toEqual([]);
    const { source, target } = await rowsOf(pair, 'SELECT id, pos FROM t UNION ALL SELECT id, t FROM c');
    expect(target).toEqual(source);
  });
});

describe('a stream whose slot cannot be read', () => {
  it('says so when the slot is gone', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(pair.source, `SELECT pg_drop_replication_slot('${pair.name}')`);
    await expect(follow(pair)).rejects.toMatchObject({
      code: 'slot_lost',
      message: expect.stringMatching(/is not there.*init --drop-existing/),
    });
  });

  it('says so when the log it needs is gone', async () => {
    const pair = await createStreamPair(servers, TABLE);
    await servers.source.restart({
      max_slot_wal_keep_size: '1MB',
      wal_keep_size: 0,
      max_wal_size: '32MB',
      min_wal_size: '32MB',
    });
    for (let i = 0; i < 6; i += 1)
      await runSql(
        pair.source,
        'CREATE TABLE x AS SELECT repeat(md5(i::text), 9) FROM generate_series(1, 60000) AS i; DROP TABLE x; SELECT pg_switch_wal()',
      );
    await runSql(pair.source, 'CHECKPOINT');
    await expect(follow(pair)).rejects.toMatchObject({
      code: 'slot_lost',
      message: expect.stringMatching(/has lost its log/),
    });
    await servers.source.restart({ max_slot_wal_keep_size: -1 });
  });

  it('says so when the record is gone before it has reached where it was to end', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const running = follow(pair, { stopAt: 'FFFF/0' });
    const gone = expect(running).rejects.toMatchObject({
      code: expect.stringMatching(/sync_missing|object_missing/),
    });
    await waitUntil(
      pair.source,
      `SELECT active AS ok FROM pg_replication_slots WHERE slot_name = '${pair.name}'`,
    );
    await runSql(pair.source, 'INSERT INTO t VALUES (501)');
    await runSql(pair.target, 'DROP SCHEMA seren_replicator_sync CASCADE');
    await walEnd(pair.source);
    await gone;
  });
});
