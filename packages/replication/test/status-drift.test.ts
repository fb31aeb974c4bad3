/** What `status` finds that the change stream does not carry, and that the SQL it gives mends it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { DatabaseStatus } from '@seren-replicator/job-models';
import { runSql } from './database-pair.ts';
import { follow, readStatus, unfollowAll, type FollowedPair } from './followed-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(14, 18);
afterEach(unfollowAll);

const SQL = `
  CREATE TABLE t (id int PRIMARY KEY, a text, n int, kept numeric(10, 2) DEFAULT 1);
  CREATE TABLE u (id int PRIMARY KEY)`;

type Drift = DatabaseStatus['drift'];

/** How far behind the target is, is not asked here. */
const tuning = { lagDeadlineMs: 0 };

/** Nobody has to apply anything for this: the worker's way is the quicker one to set up. */
async function followByWorker(
  sql = SQL,
  more: Partial<Parameters<typeof follow>[0]> = {},
): Promise<FollowedPair> {
  return follow({ servers, sql, method: 'stream', ...more });
}

async function readDrift(pair: FollowedPair): Promise<Drift> {
  return (await readStatus(pair, { tuning })).only.drift;
}

function told(drift: Drift): string[] {
  return drift.map(({ object, difference }) => `${object} ${difference}`);
}

describe('columns', () => {
  it.each([
    {
      change: 'ALTER TABLE t ADD b varchar(5)[]',
      on: 'source',
      tells: 'column public.t.b was added on the source (character varying(5)[])',
    },
    {
      change: `ALTER TABLE t ADD b text COLLATE "C" NOT NULL DEFAULT 'it''s'`,
      on: 'source',
      tells: 'column public.t.b was added on the source (text)',
    },
    {
      change: 'ALTER TABLE t ADD b int; UPDATE t SET b = 1; ALTER TABLE t ALTER b SET NOT NULL',
      on: 'source',
      tells: 'column public.t.b was added on the source (integer)',
    },
    {
      change: 'ALTER TABLE t ADD b int GENERATED ALWAYS AS (n * 2) STORED',
      on: 'source',
      tells: 'column public.t.b was added on the source (integer)',
    },
    { change: 'ALTER TABLE t DROP a', on: 'source', tells: 'column public.t.a was dropped on the source' },
    {
      change: 'ALTER TABLE t ALTER n TYPE bigint',
      on: 'source',
      tells:
        'column public.t.n has changed its type on the source: bigint on the source, integer on the target',
    },
    {
      change: 'ALTER TABLE t ALTER kept TYPE numeric(12, 3)',
      on: 'target',
      tells:
        'column public.t.kept has changed its type on the target: numeric(10,2) on the source, numeric(12,3) on the target',
    },
    { change: 'ALTER TABLE t DROP a', on: 'target', tells: 'column public.t.a was dropped on the target' },
    {
      change: 'ALTER TABLE t ADD extra int NOT NULL',
      on: 'target',
      tells: 'column public.t.extra is only on the target; rows without a value for it cannot be applied',
    },
    {
      change: 'ALTER TABLE t ADD extra int',
      on: 'target',
      tells: 'column public.t.extra is only on the target',
    },
  ] as const)('$change on the $on', async ({ change, on, tells }) => {
    const pair = await followByWorker();
    expect(await readDrift(pair)).toEqual([]);
    await runSql(pair[on], change);
    const drift = await readDrift(pair);
    expect(told(drift)).toEqual([tells]);
    await runSql(pair.target, drift[0]?.fix ?? '');
    expect(await readDrift(pair)).toEqual([]);
  });

  it('that was added to a table of the target that has rows, without a default', async () => {
    const pair = await followByWorker(`${SQL}; INSERT INTO t VALUES (1, 'a', 1)`);
    await runSql(
      pair.source,
      'ALTER TABLE t ADD b int; UPDATE t SET b = 1; ALTER TABLE t ALTER b SET NOT NULL',
    );
    const [drift] = await readDrift(pair);
    await runSql(pair.target, drift?.fix ?? '');
    expect(drift?.fix).toContain('ALTER COLUMN "b" SET NOT NULL');
    expect(await readDrift(pair)).toEqual([]);
  });

  it('that was renamed is told as the two that it looks like, with both ways out', async () => {
    const pair = await followByWorker();
    await runSql(pair.source, 'ALTER TABLE t RENAME a TO "B c"');
    const drift = await readDrift(pair);
    expect(told(drift)).toEqual([
      'column public.t.B c was added on the source (text)',
      'column public.t.a was dropped on the source',
    ]);
    const rename = /instead: (.*;)/.exec(drift[0]?.fix ?? '')?.[1];
    await runSql(pair.target, rename ?? '');
    expect(await readDrift(pair)).toEqual([]);
  });

  it('of partitions are told once, of the table on top, where they are changed', async () => {
    const pair = await followByWorker(
      `CREATE TABLE p (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
       CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
       CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20)`,
    );
    await runSql(pair.source, 'ALTER TABLE p ADD w int DEFAULT 7');
    const drift = await readDrift(pair);
    expect(told(drift)).toEqual(['column public.p.w was added on the source (integer)']);
    await runSql(pair.target, drift[0]?.fix ?? '');
    await runSql(pair.source, 'CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30)');
    expect(told(await readDrift(pair))).toEqual([
      'table public.p3 is new on the source and not published, and not on the target',
    ]);
  });
});

describe('tables', () => {
  it('new on the source are followed by a subscription once the steps that are told are taken', async () => {
    const pair = await follow({ servers, sql: SQL });
    await runSql(pair.source, 'CREATE TABLE n (id int PRIMARY KEY); INSERT INTO n VALUES (1), (2)');
    const drift = await readDrift(pair);
    expect(told(drift)).toEqual([
      'table public.n is new on the source and not published, and not on the target',
    ]);
    await runSql(pair.target, 'CREATE TABLE n (id int PRIMARY KEY)');
    const steps = (drift[0]?.fix ?? '').split(' then ');
    expect(steps[0]).toContain('pg_dump --schema-only');
    await runSql(pair.source, steps[1] ?? '');
    await runSql(pair.target, steps[2] ?? '');
    expect(await readDrift(pair)).toEqual([]);
    await runSql(pair.source, 'INSERT INTO n VALUES (3)');
    for (;;) {
      const rows = await runSql(pair.target, 'SELECT id FROM n ORDER BY id');
      if (rows.length === 3) break;
    }
  });

  it('dropped on the source, and renamed there', async () => {
    const pair = await followByWorker();
    await runSql(pair.source, 'DROP TABLE u; ALTER TABLE t RENAME TO "T 2"');
    const drift = await readDrift(pair);
    expect(told(drift)).toEqual([
      'table public.t was dropped or renamed on the source',
      'table public.u was dropped or renamed on the source',
      'table public.T 2 is new on the source, and not on the target',
    ]);
    await runSql(pair.target, /instead: (.*;)/.exec(drift[0]?.fix ?? '')?.[1] ?? '');
    expect(drift[1]?.fix).not.toContain('renamed');
    await runSql(pair.target, drift[1]?.fix ?? '');
    expect(await readDrift(pair)).toEqual([]);
  });

  it('dropped on the target', async () => {
    const pair = await followByWorker();
    await runSql(pair.target, 'DROP TABLE u');
    const { only } = await readStatus(pair, { tuning });
    expect(told(only.drift)).toEqual([
      'table public.u was dropped or renamed on the target: its changes cannot be applied',
    ]);
    expect(only.tables).toMatchObject([{}, { table: 'public.u', state: 'not on the target' }]);
  });

  it('that lost their replica identity while they are published', async () => {
    const pair = await followByWorker();
    await runSql(pair.source, 'ALTER TABLE t DROP CONSTRAINT t_pkey');
    await expect(runSql(pair.source, 'DELETE FROM t')).rejects.toThrow('replica identity');
    const drift = await readDrift(pair);
    expect(told(drift)).toEqual([
      'table public.t has lost its replica identity: the source refuses UPDATE and DELETE on it',
    ]);
    await runSql(pair.source, drift[0]?.fix ?? '');
    await runSql(pair.source, 'DELETE FROM t');
    expect(await readDrift(pair)).toEqual([]);
  });

  it('that lost it and cannot have all of their columns as one', async () => {
    const pair = await followByWorker(`
      CREATE TABLE t (id int PRIMARY KEY, doubled int GENERATED ALWAYS AS (id * 2) STORED);
      CREATE TABLE u (id int PRIMARY KEY)`);
    await runSql(pair.source, 'ALTER TABLE t DROP CONSTRAINT t_pkey');
    const [drift] = await readDrift(pair);
    expect(drift?.fix).toContain('make a primary key of other than generated columns for "public"."t"');
  });

  it('that the filters of the copy leave out are no news, even when what a filter named is gone', async () => {
    const pair = await followByWorker(SQL, {
      without: ['public.u'],
      fingerprint: {
        'included tables': '["t*","gone"]',
        'excluded tables': '["t_log*"]',
        'schema-only tables': '["t_only"]',
      },
    });
    await runSql(
      pair.source,
      'CREATE TABLE other (id int); CREATE TABLE t_log1 (id int); CREATE TABLE t_only (id int); CREATE TABLE t_new (id int); CREATE UNLOGGED TABLE t_quick (id int)',
    );
    expect(told(await readDrift(pair))).toEqual([
      'table public.t_new is new on the source and not published, and not on the target',
      'table public.t_quick is new on the source, and unlogged: its changes are in no log',
    ]);
  });
});

describe('sequences', () => {
  it('are told with how far the target is behind, where it is', async () => {
    const pair = await followByWorker(
      `CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
       CREATE SEQUENCE same; SELECT nextval('same');
       CREATE SEQUENCE fresh; CREATE SEQUENCE ahead`,
    );
    await runSql(
      pair.source,
      `SELECT setval('t_id_seq', 9223372036854775807); SELECT nextval('fresh'); CREATE SEQUENCE added`,
    );
    await runSql(pair.target, `SELECT setval('ahead', 5)`);
    const { only } = await readStatus(pair, { tuning });
    expect(only.sequences).toEqual([
      { sequence: 'public.t_id_seq', distance: '9223372036854775807' },
      { sequence: 'public.fresh', distance: '1' },
      { sequence: 'public.ahead', distance: '-5' },
    ]);
    expect(told(only.drift)).toEqual(['sequence public.added is new on the source, and not on the target']);
  });
});
