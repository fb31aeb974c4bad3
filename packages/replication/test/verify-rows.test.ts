import { describe, expect, it } from '@jest/globals';
import type { VerifyResult } from '@seren-replicator/job-models';
import { createDatabase, run, runSql, type RunInput } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 18);

/** Two databases made by the same SQL, of which the second was changed. */
async function createPair(sql: string, change: string): Promise<{ source: string; target: string }> {
  const [source, target] = await Promise.all([
    createDatabase(servers.source, sql),
    createDatabase(servers.target, sql),
  ]);
  if (change !== '') await runSql(target, change);
  return { source, target };
}

async function verify(input: Omit<RunInput, 'command'>) {
  const { result } = await run({ ...input, command: 'verify' });
  const { verification } = result as VerifyResult;
  const [differing] = verification.tables.filter(({ equal }) => !equal);
  return { verification, differing };
}

/** Sequential scans of the table `t`, and the rows that it gave to scans of all kinds but those by index. */
async function readScans(url: string): Promise<{ scans: number; rows: number }> {
  const [row] = await runSql(
    url,
    `SELECT seq_scan::int AS scans, seq_tup_read::int AS rows FROM pg_stat_user_tables WHERE relname = 't'`,
  );
  return row as { scans: number; rows: number };
}

/** Ends the first session that is found to read a table's contents. Resolves to how many were ended. */
async function cutReader(url: string): Promise<number> {
  const deadline = performance.now() + 10_000;
  let cut = 0;
  while (cut === 0 && performance.now() < deadline) {
    const ended = await runSql(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'seren-replicator' AND state = 'active' AND query LIKE '%hashtextextended%'`,
    );
    cut = ended.length;
  }
  return cut;
}

const KEYED = `
  CREATE TABLE t (lang text, id int, name text, note text, PRIMARY KEY (lang, id));
  INSERT INTO t SELECT CASE WHEN i % 2 = 0 THEN 'en' ELSE 'd''e' END, i, 'name ' || i, NULL
    FROM generate_series(1, 5000) AS i`;

/** Large enough for several lanes. */
const WIDE = KEYED.replace('note text', 'note text STORAGE PLAIN').replace('NULL', "repeat('x', 3900)");
const SPLIT = { options: { jobs: 4 }, tuning: { minPartBytes: 1024 * 1024 } };

describe('the rows that differ', () => {
  it('are named by their key, with the values of both sides', async () => {
    const pair = await createPair(
      KEYED,
      `UPDATE t SET name = '', note = 'new' WHERE id = 4711; DELETE FROM t WHERE id = 2;
       INSERT INTO t VALUES ('fr', 9, 'neuf')`,
    );
    const { differing } = await verify(pair);
    expect(differing?.evidence).toEqual([
      {
        kind: 'different',
        key: "lang = d'e, id = 4711",
        rows: 1,
        columns: [
          { name: 'name', source: 'name 4711', target: '' },
          { name: 'note', source: null, target: 'new' },
        ],
      },
      { kind: 'missing on target', key: 'lang = en, id = 2', rows: 1, columns: [] },
      { kind: 'only on target', key: 'lang = fr, id = 9', rows: 1, columns: [] },
    ]);
  });

  it('are found in every part of a table that is split over lanes', async () => {
    const pair = await createPair(WIDE, `UPDATE t SET name = 'x' WHERE id IN (1, 1234, 2500, 3777, 5000)`);
    const { verification, differing } = await verify({ ...pair, ...SPLIT });
    const ids = differing?.evidence?.map(({ key }) => Number(key.replace(/.* = /, '')));
    expect(ids?.sort((x, y) => x - y)).toEqual([1, 1234, 2500, 3777, 5000]);
    expect(verification.tables).toMatchObject([{ source_rows: 5000, target_rows: 5000 }]);
  });

  it('are counted where there is no key', async () => {
    const pair = await createPair(
      `CREATE TABLE t (a int, b text); INSERT INTO t SELECT i % 3, 'same' FROM generate_series(1, 3000) AS i`,
      `DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE a = 1 LIMIT 3); INSERT INTO t VALUES (7, NULL), (7, NULL)`,
    );
    const { verification, differing } = await verify(pair);
    // One scan to compare, two to find the rows apart from others, one to count them.
    expect(verification.read?.source.rows).toBe(4 * 3000);
    expect(differing?.evidence).toEqual([
      { kind: 'missing on target', key: '(1,same)', rows: 3, columns: [] },
      { kind: 'only on target', key: '(7,)', rows: 2, columns: [] },
    ]);
  });

  it('are counted over all parts of a table that is split', async () => {
    const pair = await createPair(
      `CREATE TABLE t (a int, b text STORAGE PLAIN);
       INSERT INTO t SELECT i % 3, repeat('x', 3900) FROM generate_series(1, 5000) AS i`,
      'DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE a = 1 LIMIT 3)',
    );
    const { differing } = await verify({ ...pair, ...SPLIT });
    expect(differing?.evidence).toMatchObject([
      { kind: 'missing on target', key: expect.stringMatching(/^\(1,x+ \.\.\. x+\) /), rows: 3 },
    ]);
  });

  it('are told apart by a unique index where there is no primary key, but not by one over NULLs', async () => {
    const pair = await createPair(
      `CREATE TABLE t (a int UNIQUE, b text NOT NULL UNIQUE, c int);
       INSERT INTO t SELECT NULLIF(i, 5), 'b' || i, i FROM generate_series(1, 10) AS i`,
      'UPDATE t SET c = 0 WHERE c = 5',
    );
    const { differing } = await verify(pair);
    expect(differing?.evidence).toMatchObject([{ kind: 'different', key: 'b = b5' }]);
  });

  it('show the ends of long values, and how long they are', async () => {
    const pair = await createPair(
      `CREATE TABLE t (id int PRIMARY KEY, long text, bytes bytea);
       INSERT INTO t VALUES (1, repeat('abcdefghij', 100000), '\\x00')`,
      `UPDATE t SET long = left(long, -1) || 'J'`,
    );
    const { differing } = await verify(pair);
    const shown = (end: string) =>
      `${'abcdefghij'.repeat(5)} ... fghij${'abcdefghij'.repeat(2).slice(0, 19)}${end} (1000000 characters)`;
    expect(differing?.evidence?.[0]?.columns).toEqual([
      { name: 'long', source: shown('j'), target: shown('J') },
    ]);
  });

  it('are few, whatever differs', async () => {
    const tables = Array.from({ length: 12 }, (_, index) => `t${index}`);
    const pair = await createPair(
      tables
        .map(
          (name) => `CREATE TABLE ${name} (id int PRIMARY KEY, a text, b text, c text, d text, e text);
           INSERT INTO ${name} SELECT i, 'a', 'b', 'c', 'd', 'e' FROM generate_series(1, 1000) AS i;`,
        )
        .join(''),
      tables
        .map(
          (name) => `UPDATE ${name} SET (a, b, c, d, e) = (SELECT x, x, x, x, x FROM repeat('ü', 79) AS x);`,
        )
        .join(''),
    );
    const { verification } = await verify(pair);
    const evidence = verification.tables.flatMap((table) =>
      table.evidence === undefined ? [] : [table.evidence],
    );
    expect(verification.tables.filter(({ equal }) => equal)).toEqual([]);
    expect(evidence).toHaveLength(10);
    for (const rows of evidence) {
      expect(rows.length).toBeGreaterThan(0);
      expect(Buffer.byteLength(JSON.stringify(rows))).toBeLessThan(4_100);
    }
  });
});

describe('a table', () => {
  it('that is split over lanes is read once on each side, by ranges of blocks', async () => {
    const { source, target } = await createPair(WIDE, '');
    const before = await Promise.all([source, target].map(readScans));
    expect((await verify({ source, target, ...SPLIT })).differing).toBeUndefined();
    const expected = before.map(({ scans, rows }) => ({ scans, rows: rows + 5000 }));
    // Sessions report what they have read when they end.
    const deadline = performance.now() + 10_000;
    let after = await Promise.all([source, target].map(readScans));
    while (after.some(({ rows }, side) => rows !== expected[side]?.rows) && performance.now() < deadline) {
      after = await Promise.all([source, target].map(readScans));
    }
    expect(after).toEqual(expected);
  });

  it('of 1,600 columns is compared', async () => {
    const columns = Array.from({ length: 1600 }, (_, index) => `c${index + 1}`);
    const pair = await createPair(
      `CREATE TABLE t (${columns.map((name) => `${name} int2`).join(', ')}); INSERT INTO t (c1, c2) VALUES (1, 2);
       ALTER TABLE t ADD UNIQUE (c1), ALTER c1 SET NOT NULL`,
      'UPDATE t SET c1600 = 7',
    );
    const { differing } = await verify(pair);
    expect(differing?.evidence).toEqual([
      { kind: 'different', key: 'c1 = 1', rows: 1, columns: [{ name: 'c1600', source: null, target: '7' }] },
    ]);
  });

  it('whose rows are longer than a gigabyte as text is compared column by column', async () => {
    const pair = await createPair(
      `CREATE TABLE t (id int PRIMARY KEY, bytes bytea);
       INSERT INTO t VALUES (1, convert_to(repeat('a', 540000000), 'UTF8'))`,
      '',
    );
    expect((await verify(pair)).verification.tables).toMatchObject([{ equal: true, source_rows: 1 }]);
    await runSql(pair.target, 'UPDATE t SET bytes = set_byte(bytes, 539999999, 100)');
    expect((await verify(pair)).differing).toMatchObject({
      difference: 'the same number of rows, but different contents',
      // Its bytes are too many to be shown.
      evidence: [{ kind: 'different', key: 'id = 1', columns: [] }],
    });
  }, 300_000);

  it('that cannot be read is told of as one that could not be compared, and the others are compared', async () => {
    const pair = await createPair(
      `CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 10) AS i; CREATE TABLE other AS TABLE t;
       CREATE TABLE another AS TABLE t`,
      'DELETE FROM other WHERE id = 1',
    );
    const table_filters = [{ table: 'public.t', where: '1 / (id - 5) >= -1' }];
    const { verification } = await verify({ ...pair, filter: { table_filters }, options: { jobs: 1 } });
    expect(verification.tables).toMatchObject([
      {
        table: 'public.t',
        equal: false,
        source_rows: null,
        difference: expect.stringContaining('division by zero'),
      },
      { table: 'public.other', equal: false, source_rows: 10, target_rows: 9 },
      { table: 'public.another', equal: true, source_rows: 10, target_rows: 10 },
    ]);
    expect(verification.tables[0]?.difference).toContain('could not be compared');
  });

  it('with virtual columns is compared by what it holds', async () => {
    const { source, target } = await createPair(
      `CREATE TABLE t (a int, b int GENERATED ALWAYS AS (1 / a) VIRTUAL, c int GENERATED ALWAYS AS (a + 1) STORED);
       INSERT INTO t VALUES (0)`,
      '',
    );
    expect((await verify({ source, target })).verification.tables).toMatchObject([
      { equal: true, source_rows: 1 },
    ]);
    await runSql(target, 'UPDATE t SET a = 1');
    expect((await verify({ source, target })).differing?.evidence).toHaveLength(2);
  });

  it('is compared again when its connection is lost', async () => {
    const pair = await createPair(
      `CREATE TABLE t AS SELECT i, md5(i::text) FROM generate_series(1, 300000) AS i`,
      '',
    );
    let cutting: Promise<number> | undefined;
    const comparing = verify({
      ...pair,
      onProgress: ({ phase }) => {
        if (phase === 'verify') cutting ??= cutReader(pair.target);
      },
    });
    expect((await comparing).verification.tables).toMatchObject([{ equal: true, source_rows: 300_000 }]);
    expect(await cutting).toBeGreaterThan(0);
  });
});
