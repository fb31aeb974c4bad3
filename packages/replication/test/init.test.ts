import { describe, expect, it } from '@jest/globals';
import type { InitResult, JobProgress } from '@seren-replicator/job-models';
import { startPostgres } from '@seren-replicator/local-servers';
import pg from 'pg';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 18);

const SHOP = `
  CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, note text);
  CREATE TABLE orders (id bigserial PRIMARY KEY, customer int REFERENCES customers, total numeric(10, 2),
                       doubled numeric GENERATED ALWAYS AS (total * 2) STORED);
  INSERT INTO customers (name, note) SELECT 'n' || i, CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'x' END
    FROM generate_series(1, 1000) AS i;
  INSERT INTO orders (customer, total) SELECT 1 + i % 1000, i / 7.0 FROM generate_series(1, 5000) AS i;
  CREATE INDEX ON orders (customer);
  CREATE VIEW totals AS SELECT customer, sum(total) FROM orders GROUP BY customer;
  CREATE MATERIALIZED VIEW top AS SELECT * FROM totals ORDER BY sum DESC LIMIT 10;
  CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'stamped'; RETURN NEW; END $$;
  CREATE TRIGGER stamp BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION stamp();`;

async function count(url: string, sql: string): Promise<number> {
  const [row] = await runSql(url, `SELECT count(*)::int AS n FROM ${sql}`);
  return row?.['n'] as number;
}

describe('init', () => {
  it('copies tables, sequences, indexes, constraints, views and triggers into a database it creates', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(result as InitResult).toMatchObject({
      command: 'init',
      databases: 1,
      tables: 2,
      rows: 6000,
      skipped: [],
    });
    expect(await count(target, "customers WHERE note = 'stamped'")).toBe(0);
    expect(await count(target, "customers WHERE note = ''")).toBe(334);
    expect(await count(target, 'orders WHERE doubled = total * 2')).toBe(5000);
    expect(await count(target, 'top')).toBe(10);
    expect(await runSql(target, "INSERT INTO customers (name) VALUES ('new') RETURNING id, note")).toEqual([
      { id: 1001, note: 'stamped' },
    ]);
    await expect(runSql(target, 'INSERT INTO orders (customer) VALUES (0)')).rejects.toMatchObject({
      code: '23503',
    });
    expect(await count(target, "pg_indexes WHERE tablename = 'orders'")).toBe(2);
    expect(await count(target, "pg_stats WHERE tablename = 'orders'")).toBeGreaterThan(0);
  });

  it('copies each row once where tables inherit or are partitioned', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE parent (id int); CREATE TABLE child () INHERITS (parent);
       INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2);
       CREATE TABLE measured (day date, v int) PARTITION BY RANGE (day);
       CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
       CREATE TABLE measured_rest PARTITION OF measured DEFAULT PARTITION BY HASH (v);
       CREATE TABLE measured_rest_0 PARTITION OF measured_rest FOR VALUES WITH (MODULUS 1, REMAINDER 0);
       INSERT INTO measured SELECT '2024-01-15'::date + i, i FROM generate_series(1, 100) AS i;
       CREATE INDEX ON measured (v); ALTER TABLE measured ADD UNIQUE (day, v);`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect((result as InitResult).rows).toBe(102);
    expect(await count(target, 'parent')).toBe(2);
    expect(await count(target, 'measured')).toBe(100);
    expect(await count(target, 'pg_index WHERE NOT indisvalid')).toBe(0);
  });

  it('copies what is hard to quote', async () => {
    const source = await createDatabase(
      servers.source,
      String.raw`CREATE SCHEMA "my ""schema"".x";
       CREATE TABLE "my ""schema"".x"."select" ("from" text PRIMARY KEY, "it's; DROP" int, "a\b" text, "Ünï" text);
       CREATE TABLE "tab
le" (id int);
       INSERT INTO "my ""schema"".x"."select" VALUES
         (E'tab\there', 1, E'back\\slash \\. \\N', 'ü😀'), ('', NULL, NULL, ''), (E'line\nbreak\r', 3, E'\x01\x7f', '\N');
       CREATE SEQUENCE "my ""schema"".x"."Seq" START 5;
       CREATE INDEX "Index ""q""" ON "my ""schema"".x"."select" ("it's; DROP")`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect((result as InitResult).rows).toBe(3);
    const all = String.raw`SELECT * FROM "my ""schema"".x"."select" ORDER BY 2`;
    expect(await runSql(target, all)).toEqual(await runSql(source, all));
  });

  it('copies tables without columns, without rows, with only generated columns, and with dropped ones', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE no_columns (); INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES;
       CREATE TABLE no_rows (id int);
       CREATE TABLE only_generated (one int GENERATED ALWAYS AS (1) STORED); INSERT INTO only_generated DEFAULT VALUES;
       CREATE TABLE dropped (a int, b int, c int); INSERT INTO dropped VALUES (1, 2, 3); ALTER TABLE dropped DROP b`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(await count(target, 'no_columns')).toBe(2);
    expect(await count(target, 'only_generated')).toBe(1);
    expect(await runSql(target, 'SELECT * FROM dropped')).toEqual([{ a: 1, c: 3 }]);
  });

  it('copies the text of values whatever the defaults of role and database are', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE v (d date, i interval, f float8, b bytea, t timestamptz, m money);
       INSERT INTO v VALUES ('2024-02-01', '1 month -2 days', 0.1::float8 + 0.2, '\\x00ff', '2024-02-01 12:00+02', 1234.5);
       CREATE TABLE takes_longer AS SELECT md5(i::text) FROM generate_series(1, 300000) AS i`,
    );
    const name = new URL(source).pathname.slice(1);
    await runSql(
      servers.source.url(),
      `ALTER DATABASE ${name} SET datestyle = 'SQL, DMY'; ALTER DATABASE ${name} SET intervalstyle = 'sql_standard';
       ALTER DATABASE ${name} SET extra_float_digits = 0; ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo';
       ALTER DATABASE ${name} SET bytea_output = 'escape'; ALTER DATABASE ${name} SET statement_timeout = '100ms'`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const { failure } = await run({ source, target });
    expect(failure).toBeNull();
    const read =
      "SET statement_timeout = 0; SET datestyle = 'ISO'; SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET extra_float_digits = 3; SET bytea_output = 'hex'; SELECT v::text FROM v";
    expect(await runSql(target, read)).toEqual(await runSql(source, read));
  });

  it('leaves a target that holds something untouched, unless told to drop it', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int); INSERT INTO t VALUES (1)');
    const target = await createDatabase(
      servers.target,
      'CREATE TABLE precious (id int); CREATE TABLE t (other text)',
    );
    await expect(run({ source, target })).rejects.toMatchObject({
      code: 'target_not_empty',
      message: expect.stringContaining('--drop-existing'),
    });
    expect(await count(target, 'precious')).toBe(0);
    const { failure } = await run({ source, target, options: { drop_existing: true } });
    expect(failure).toBeNull();
    expect(await count(target, 't')).toBe(1);
    await expect(runSql(target, 'TABLE precious')).rejects.toMatchObject({ code: '42P01' });
  });

  it('does not drop a target that somebody is connected to', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
    const target = await createDatabase(servers.target, 'CREATE TABLE precious (id int)');
    const user = runSql(target, 'SELECT pg_sleep(30)').catch((error: unknown) => error);
    await expect(run({ source, target, options: { drop_existing: true } })).rejects.toMatchObject({
      code: 'target_in_use',
    });
    await runSql(
      servers.target.url(),
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
    );
    await user;
    expect(await count(target, 'precious')).toBe(0);
  });

  it('does not drop a target in which somebody has prepared a transaction', async () => {
    const busy = await startPostgres({ major: 17, settings: { max_prepared_transactions: 1 } });
    try {
      const source = await createDatabase(servers.source, 'CREATE TABLE t (id int)');
      const target = await createDatabase(busy, 'CREATE TABLE precious (id int)');
      const client = new pg.Client({ connectionString: target });
      await client.connect();
      await client.query('BEGIN');
      await client.query('INSERT INTO precious VALUES (1)');
      await client.query(`PREPARE TRANSACTION 'pending'`);
      await client.end();
      await expect(run({ source, target, options: { drop_existing: true } })).rejects.toMatchObject({
        code: 'target_in_use',
        message: expect.stringContaining('1 prepared transaction'),
      });
      await runSql(target, `COMMIT PREPARED 'pending'`);
      expect((await run({ source, target, options: { drop_existing: true } })).failure).toBeNull();
    } finally {
      await busy.stop();
    }
  });

  it('copies one moment of a source that is being written to', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE a (n int); CREATE TABLE b (n int);
       INSERT INTO a SELECT 0 FROM generate_series(1, 50000); INSERT INTO b SELECT 0 FROM generate_series(1, 50000)`,
    );
    const target = unusedDatabaseUrl(servers.target);
    const writing = new AbortController();
    const writer = (async () => {
      let written = 0;
      while (!writing.signal.aborted) {
        await runSql(source, 'BEGIN; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); COMMIT');
        written += 1;
      }
      return written;
    })();
    const { failure } = await run({ source, target });
    writing.abort();
    expect(await writer).toBeGreaterThan(0);
    expect(failure).toBeNull();
    expect(await count(target, 'a')).toBe(await count(target, 'b'));
  });

  it('reports progress that ends with all tables, rows and bytes', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const reports: JobProgress[] = [];
    await run({
      source,
      target: unusedDatabaseUrl(servers.target),
      options: { verify: false },
      onProgress: (progress) => reports.push(progress),
    });
    const last = reports.at(-1);
    expect(last).toMatchObject({
      phase: 'done',
      tables_completed: 2,
      tables_total: 2,
      rows_copied: 6000,
      active: [],
    });
    expect(last?.bytes_copied).toBe(last?.bytes_total);
    expect(new Set(reports.map(({ phase }) => phase))).toContain('copy');
  });
});
