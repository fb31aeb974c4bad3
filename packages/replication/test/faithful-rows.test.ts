import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import { listTables } from '../src/catalog/list-tables.ts';
import { countParts } from './count-parts.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl, type RunInput } from './database-pair.ts';
import { openSession } from './open-session.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(18, 18);

/** Copies a database of these objects and gives both URLs and the result. */
async function copyOf(
  sql: string,
  input: Partial<RunInput> = {},
): Promise<{ source: string; target: string; result: InitResult }> {
  const source = await createDatabase(servers.source, sql);
  const target = unusedDatabaseUrl(servers.target);
  const { result, failure } = await run({ source, target, ...input });
  expect(failure).toBeNull();
  return { source, target, result: result as InitResult };
}

/** Expects a query to answer the same on both sides, and gives the answer. */
async function sameOn(
  { source, target }: { source: string; target: string },
  sql: string,
): Promise<Record<string, unknown>[]> {
  const rows = await runSql(target, sql);
  expect(rows).toEqual(await runSql(source, sql));
  return rows;
}

/** A run opens a lane for each 8 MB at most, and splits tables only where there are several. */
const inParts = { options: { jobs: 3 }, tuning: { minPartBytes: 8192 } };
/** The rows of a table as one digest. */
const digest = (table: string) =>
  `SELECT count(*)::int AS n, md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) AS digest FROM ${table} AS t`;

describe('a table that is copied in parts', () => {
  it('keeps rows whose unique key is NULL, negative or sparse', async () => {
    const copy = await copyOf(
      `CREATE TABLE keyed (k bigint UNIQUE, pad text);
       INSERT INTO keyed SELECT CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN -i ELSE i::bigint * 1000000007 END, repeat('x', 1900)
         FROM generate_series(1, 10000) AS i;
       INSERT INTO keyed VALUES (-9223372036854775808), (9223372036854775807)`,
      inParts,
    );
    expect(await countParts(copy.target, 'keyed')).toBeGreaterThan(3);
    expect(await sameOn(copy, digest('keyed'))).toMatchObject([{ n: 10_002 }]);
    expect(await sameOn(copy, 'SELECT count(*)::int AS n FROM keyed WHERE k IS NULL')).toEqual([{ n: 2500 }]);
  });

  it('is copied so although it was never analysed', async () => {
    const copy = await copyOf(
      `CREATE TABLE fresh (i int, pad text) WITH (autovacuum_enabled = off);
       INSERT INTO fresh SELECT i, repeat('x', 1900) FROM generate_series(1, 10000) AS i`,
      inParts,
    );
    expect(await runSql(copy.source, `SELECT relpages FROM pg_class WHERE relname = 'fresh'`)).toEqual([
      { relpages: 0 },
    ]);
    expect(await countParts(copy.target, 'fresh')).toBeGreaterThan(3);
    expect(await sameOn(copy, digest('fresh'))).toMatchObject([{ n: 10_000 }]);
  });
});

describe('a table arrives', () => {
  it('with 1,600 columns, and with one row of nothing but NULLs', async () => {
    const columns = Array.from({ length: 1600 }, (_, index) => `c${index} int`).join(', ');
    const copy = await copyOf(
      `CREATE TABLE wide (${columns}); INSERT INTO wide (c0, c1599) VALUES (1, 2);
       CREATE TABLE nulls (a int, b text, c int[]); INSERT INTO nulls DEFAULT VALUES`,
    );
    expect(await sameOn(copy, 'SELECT c0, c1, c1599 FROM wide')).toEqual([{ c0: 1, c1: null, c1599: 2 }]);
    expect(await sameOn(copy, 'SELECT * FROM nulls')).toEqual([{ a: null, b: null, c: null }]);
  });

  it('with a single value of 100 MB, without this process holding it', async () => {
    const before = process.memoryUsage().rss;
    let peak = before;
    const watching = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss);
    }, 20);
    try {
      const copy = await copyOf(
        `CREATE TABLE huge (v text); ALTER TABLE huge ALTER v SET STORAGE EXTERNAL;
         INSERT INTO huge SELECT repeat('0123456789', 10 * 1000 * 1000)`,
      );
      expect(await sameOn(copy, 'SELECT length(v) AS n, md5(v) FROM huge')).toMatchObject([
        { n: 100_000_000 },
      ]);
    } finally {
      clearInterval(watching);
    }
    expect(peak - before).toBeLessThan(90_000_000);
  });

  it('with generated columns, stored and virtual, which are computed and never written', async () => {
    const copy = await copyOf(
      `CREATE TABLE g (a int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL, s int GENERATED ALWAYS AS (a * 3) STORED, b text);
       INSERT INTO g (a, b) VALUES (1, 'x'), (NULL, 'y')`,
    );
    expect(await sameOn(copy, 'SELECT * FROM g ORDER BY b')).toEqual([
      { a: 1, v: 2, s: 3, b: 'x' },
      { a: null, v: null, s: null, b: 'y' },
    ]);
    expect(
      await sameOn(
        copy,
        `SELECT attgenerated FROM pg_attribute WHERE attrelid = 'g'::regclass AND attnum > 0`,
      ),
    ).toHaveLength(4);
  });

  it('with the values of an identity that is always generated, and goes on counting behind them', async () => {
    const copy = await copyOf(
      `CREATE TABLE i (id bigint GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5), v text);
       INSERT INTO i (v) VALUES ('a'), ('b'); INSERT INTO i OVERRIDING SYSTEM VALUE VALUES (-7, 'c')`,
    );
    expect(await sameOn(copy, 'SELECT * FROM i ORDER BY id')).toHaveLength(3);
    expect(await runSql(copy.target, `INSERT INTO i (v) VALUES ('d') RETURNING id`)).toEqual([{ id: '20' }]);
  });

  it('unlogged if it was', async () => {
    const copy = await copyOf(
      `CREATE UNLOGGED TABLE u (id serial PRIMARY KEY); INSERT INTO u SELECT FROM generate_series(1, 10);
       CREATE UNLOGGED SEQUENCE s`,
    );
    expect(
      await sameOn(
        copy,
        `SELECT relname::text, relpersistence::text AS p FROM pg_class WHERE relname ~ '^(u|s)' AND relkind IN ('r', 'i', 'S') ORDER BY 1`,
      ),
    ).toEqual(expect.arrayContaining([{ relname: 'u', p: 'u' }]));
    expect(await sameOn(copy, digest('u'))).toMatchObject([{ n: 10 }]);
  });
});

it('foreign tables and foreign partitions are created, and what lies behind them is not asked for', async () => {
  const copy = await copyOf(
    `CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
     CREATE TABLE events (id int) PARTITION BY LIST (id);
     CREATE TABLE events_near PARTITION OF events FOR VALUES IN (1);
     CREATE FOREIGN TABLE events_far PARTITION OF events FOR VALUES IN (2) SERVER far;
     CREATE FOREIGN TABLE alone (id int) SERVER far;
     INSERT INTO events VALUES (1), (1)`,
  );
  expect(copy.result.rows).toBe(2);
  expect(
    await sameOn(
      copy,
      `SELECT relid::text FROM pg_partition_tree('events') UNION SELECT ftrelid::regclass::text FROM pg_foreign_table ORDER BY 1`,
    ),
  ).toHaveLength(4);
  // Statistics are gathered of what is here, and of nothing else.
  expect(
    await runSql(copy.target, "SELECT DISTINCT tablename::text FROM pg_stats WHERE schemaname = 'public'"),
  ).toEqual([{ tablename: 'events_near' }]);
});

it('materialised views are filled in the order of what they read, also where functions hide it', async () => {
  const copy = await copyOf(
    `CREATE TABLE base (n int); INSERT INTO base SELECT generate_series(1, 100);
     CREATE MATERIALIZED VIEW z_first AS SELECT n * 2 AS n FROM base;
     CREATE MATERIALIZED VIEW m_second AS SELECT sum(n) AS n FROM z_first;
     CREATE MATERIALIZED VIEW a_third AS SELECT n + 1 AS n FROM m_second;
     CREATE FUNCTION total() RETURNS bigint LANGUAGE plpgsql SET search_path = public
       AS 'BEGIN RETURN (SELECT sum(n) FROM base); END';
     CREATE MATERIALIZED VIEW by_function AS SELECT total() AS n;
     CREATE MATERIALIZED VIEW not_filled AS SELECT 1 AS n WITH NO DATA; CREATE UNIQUE INDEX ON a_third (n)`,
  );
  expect(await sameOn(copy, 'SELECT n::int FROM a_third')).toEqual([{ n: 10101 }]);
  expect(await sameOn(copy, 'SELECT n::int FROM by_function')).toEqual([{ n: 5050 }]);
  expect(
    await sameOn(copy, `SELECT relname::text FROM pg_class WHERE relkind = 'm' AND NOT relispopulated`),
  ).toEqual([{ relname: 'not_filled' }]);
});

it('a value that a function without a search_path computes is stored as the source has it', async () => {
  const copy = await copyOf(
    `CREATE TABLE rates (code text PRIMARY KEY, rate numeric); INSERT INTO rates VALUES ('a', 1.5);
     CREATE FUNCTION known(code text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT lower(code) = code';
     CREATE FUNCTION known_too(c text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT known(c)';
     CREATE TABLE priced (code text CHECK (known(code))); INSERT INTO priced VALUES ('a'), ('b')`,
  );
  expect(await sameOn(copy, digest('priced'))).toMatchObject([{ n: 2 }]);
});

it('sequences keep type, direction, cycle, whether they were called, and their last value', async () => {
  const copy = await copyOf(
    `CREATE SEQUENCE big START 9223372036854775806; SELECT nextval('big');
     CREATE SEQUENCE untouched START 42;
     CREATE SEQUENCE turned AS smallint MINVALUE 1 MAXVALUE 3 CYCLE; SELECT nextval('turned') FROM generate_series(1, 3);
     CREATE SEQUENCE down INCREMENT -3 MAXVALUE 100 START 100; SELECT nextval('down'), nextval('down');
     CREATE SEQUENCE "set; but not called"; SELECT setval('"set; but not called"', 7, false)`,
  );
  await sameOn(copy, 'SELECT * FROM pg_sequences ORDER BY sequencename');
  const [next] = await runSql(
    copy.target,
    `SELECT nextval('big') AS big, nextval('untouched') AS untouched, nextval('turned') AS turned,
            nextval('down') AS down, nextval('"set; but not called"') AS set`,
  );
  expect(next).toEqual({ big: '9223372036854775807', untouched: '42', turned: '1', down: '94', set: '7' });
});

describe('rows that travel in binary form', () => {
  /** Of every type that is sent so, with its extremes. */
  const VALUES = `
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE DOMAIN code AS varchar(9) CHECK (VALUE <> '');
    CREATE TABLE every (
      id int8, b bool, i2 int2, n numeric, f4 float4, f8 float8, t text, v varchar, c char(7), d date, ti time,
      tz timetz, ts timestamp, tt timestamptz, iv interval, u uuid, by bytea, j json, jb jsonb, ip inet, net cidr,
      mac macaddr, bits varbit, p point, po polygon, m mood, co code, ia int4[], ta text[], da timestamptz[]);
    INSERT INTO every VALUES
      (1, true, -32768, 'NaN', 'NaN', '-Infinity', E'\\\\N\\t', '', 'x', 'infinity', '24:00', '23:59:60+15:59', '-infinity',
       '4713-01-01 BC', '-178000000 years', gen_random_uuid(), '\\x00ff', '{"a" : 1.0}', '{"a": null}', '::1/64', '10/8',
       '08:00:2b:01:02:03', B'101', '(1e-300,-0)', '((0,0),(1,1),(2,0))', 'happy', 'ab', '{{1,NULL},{3,4}}',
       ARRAY['NULL', NULL, ''], ARRAY['infinity'::timestamptz]),
      (2, NULL, NULL, 1e-16383, 1e-45, 5e-324, repeat('ä€😀', 9999), NULL, '', '5874897-12-31', '00:00', '00:00-15:59',
       '294276-12-31 23:59:59.999999', 'epoch', '1 mon -1 day 0.000001 sec', NULL, decode(repeat('00', 99999), 'hex'), NULL,
       'null', '0.0.0.0/0', NULL, NULL, '', '(NaN,Infinity)', NULL, NULL, NULL, '{}', '[2:3]={a,b}', NULL);
    INSERT INTO every (id, b, i2, n, f4, f8, t) VALUES
      (3, false, 32767, -123456789012345678901234567890.123456789, -0.0, 1.0000000000000002, NULL);
    CREATE TABLE text_still (at timestamptz, moods mood[]);
    INSERT INTO text_still VALUES (now(), '{sad,NULL,happy}')`;

  it('are the same, bit by bit', async () => {
    const copy = await copyOf(VALUES);
    await sameOn(copy, digest('every'));
    const bits = `SELECT id, float4send(f4)::text AS f4, float8send(f8)::text AS f8, numeric_send(n)::text AS n,
                         point_send(p)::text AS p, interval_send(iv)::text AS iv, octet_length(by) AS by
                  FROM every ORDER BY id`;
    expect(await sameOn(copy, bits)).toHaveLength(3);
    await sameOn(copy, digest('text_still'));
  });

  it('are those of tables all of whose types mean the same on every server, and that gain by it', async () => {
    const source = await createDatabase(
      servers.source,
      `${VALUES};
       CREATE TYPE pair AS (a int, b timestamptz);
       CREATE TABLE composite (at timestamptz, p pair);
       CREATE TABLE numbers (a int, b numeric, c text);
       CREATE TABLE generated (at date, later date GENERATED ALWAYS AS (at + 1) STORED);
       CREATE TABLE nothing ();
       CREATE TABLE moods (m mood, a text[])`,
    );
    const { session, close } = await openSession(source);
    try {
      const tables = await listTables(session);
      const better = (where: string) =>
        tables.filter(({ betterInBinary }) => betterInBinary === where).map(({ name }) => name);
      expect(better('anywhere')).toEqual(['every', 'generated']);
      expect(better('nearby')).toEqual(['numbers', 'moods']);
      expect(better('nowhere')).toEqual(['text_still', 'composite', 'nothing']);
    } finally {
      await close();
    }
  });

  it('are not longer than text where bytes are what a copy waits for', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE counted (a int, b numeric, c text); INSERT INTO counted VALUES (1, 2.5, 'x');
       CREATE TABLE dated (a int, at date); INSERT INTO dated VALUES (1, '2024-02-29')`,
    );
    await runSql(source, `ALTER DATABASE ${new URL(source).pathname.slice(1)} SET log_statement = 'all'`);
    const formats = async (url: string, options: { max_rate_bytes_per_second?: number } = {}) => {
      const before = (await readFile(servers.source.logFile)).length;
      const target = unusedDatabaseUrl(servers.target);
      expect((await run({ source: url, target, options })).failure).toBeNull();
      expect(await runSql(target, 'SELECT a, b, c FROM counted')).toEqual([{ a: 1, b: '2.5', c: 'x' }]);
      const logged = (await readFile(servers.source.logFile)).subarray(before).toString();
      return [...logged.matchAll(/COPY "public"\."(\w+)" .* \(FORMAT (\w+)/g)]
        .map(([, table, format]) => `${table ?? ''} as ${format ?? ''}`)
        .sort();
    };
    expect(await formats(source)).toEqual(['counted as binary', 'dated as binary']);
    const limited = await formats(source, { max_rate_bytes_per_second: 1_000_000 });
    expect(limited).toEqual(['counted as text', 'dated as binary']);
    const distant = await startTcpProxy(servers.source.port, 20);
    try {
      expect(await formats(distant.through(source))).toEqual(['counted as text', 'dated as binary']);
    } finally {
      await distant.stop();
    }
  });
});
