import { describe, expect, it } from '@jest/globals';
import type { InitResult, JobSpecificationInput } from '@seren-replicator/job-models';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 18);

const SHOP = `
  CREATE TABLE customers (id serial PRIMARY KEY, name text);
  CREATE TABLE orders (id serial PRIMARY KEY, customer int CONSTRAINT orders_customer REFERENCES customers, day date);
  CREATE TABLE logs (id serial PRIMARY KEY, "order" int REFERENCES orders, line text);
  CREATE INDEX ON logs (line);
  CREATE VIEW order_logs AS SELECT o.day, l.line FROM orders o JOIN logs l ON l."order" = o.id;
  CREATE TABLE visits (day date, n int) PARTITION BY RANGE (day);
  CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
  CREATE TABLE visits_2 PARTITION OF visits FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
  INSERT INTO customers (name) SELECT 'c' || i FROM generate_series(1, 10) AS i;
  INSERT INTO orders (customer, day) SELECT 1 + i % 10, '2024-01-01'::date + i FROM generate_series(1, 50) AS i;
  INSERT INTO logs ("order", line) SELECT 1 + i % 50, 'l' || i FROM generate_series(1, 100) AS i;
  INSERT INTO visits SELECT '2024-01-01'::date + i, i FROM generate_series(0, 50) AS i;`;

interface Copied {
  result: InitResult;
  target: string;
  tables: string[];
}

async function copy(filter: JobSpecificationInput['filter']): Promise<Copied> {
  const source = await createDatabase(servers.source, SHOP);
  const target = unusedDatabaseUrl(servers.target);
  const { result, failure } = await run({ source, target, filter });
  expect(failure).toBeNull();
  const rows = await runSql(
    target,
    "SELECT relname AS t FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1",
  );
  return { result: result as InitResult, target, tables: rows.map(({ t }) => String(t)) };
}

async function count(url: string, table: string): Promise<number> {
  const [row] = await runSql(url, `SELECT count(*)::int AS n FROM ${table}`);
  return row?.['n'] as number;
}

describe('table filters of init', () => {
  it('leaves an excluded table out, and tells what went with it', async () => {
    const { result, tables, target } = await copy({ exclude_tables: ['public.orders'] });
    expect(tables).toEqual(['customers', 'logs', 'visits', 'visits_1', 'visits_2']);
    expect(result.skipped.map(({ object }) => object)).toEqual([
      'view public.order_logs',
      'fk constraint public.logs logs_order_fkey',
    ]);
    expect(await count(target, "pg_class WHERE relname = 'orders_id_seq'")).toBe(0);
    expect(await count(target, 'logs')).toBe(100);
  });

  it('copies only what is included', async () => {
    const { tables, target } = await copy({ include_tables: ['customers', 'visits_2'] });
    expect(tables).toEqual(['customers', 'visits', 'visits_2']);
    expect(await count(target, 'visits')).toBe(20);
  });

  it('creates a schema-only table without its rows', async () => {
    const { result, target } = await copy({ schema_only_tables: ['logs', 'visits'] });
    expect(await count(target, 'logs')).toBe(0);
    expect(await count(target, 'visits')).toBe(0);
    expect(await count(target, "pg_indexes WHERE tablename = 'logs'")).toBe(2);
    expect(result.rows).toBe(60);
  });

  it('copies the rows that a filter chooses, and verifies just them', async () => {
    const { result, target } = await copy({
      table_filters: [
        { table: 'public.logs', where: `"order" <= 10 -- the first ones` },
        { table: 'visits', where: 'n % 2 = 0' },
      ],
    });
    expect(await count(target, 'logs')).toBe(20);
    expect(await count(target, 'visits')).toBe(26);
    expect(result.verification?.tables.filter(({ equal }) => !equal)).toEqual([]);
  });

  it('refuses a row filter that would break a foreign key, by its name', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const table_filters = [{ table: 'customers', where: 'id < 5' }];
    await expect(run({ source, target, filter: { table_filters } })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('orders_customer (public.orders → public.customers)'),
    });
    const both = [...table_filters, { table: 'orders', where: 'customer < 5' }];
    await expect(run({ source, target, filter: { table_filters: both } })).rejects.toThrow(/logs_order_fkey/);
    const { failure } = await run({
      source,
      target,
      filter: { table_filters: both, exclude_tables: ['logs'] },
    });
    expect(failure).toBeNull();
    expect(await count(target, 'customers')).toBe(4);
  });

  it.each([
    ['a column that is not there', 'nope > 1', 'column "nope" does not exist'],
    ['no truth', 'id', 'must be type boolean'],
    ['no end', "line = 'l1", 'unterminated quoted string'],
    ['several statements', 'true); DROP TABLE logs; --', 'syntax error'],
  ])('refuses a row filter of %s, and writes nothing', async (_, where, reason) => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const table_filters = [
      { table: 'visits', where: 'n > 1' },
      { table: 'logs', where },
    ];
    for (const command of ['init', 'validate', 'verify'] as const) {
      await expect(run({ command, source, target, filter: { table_filters } })).rejects.toMatchObject({
        code: 'invalid_request',
        message: expect.stringMatching(new RegExp(`The row filter of public.logs .*${reason}`)),
      });
    }
    expect(await count(source, 'logs')).toBe(100);
    const name = new URL(target).pathname.slice(1);
    expect(
      await runSql(servers.target.url(), 'SELECT 1 FROM pg_database WHERE datname = $1', [name]),
    ).toEqual([]);
  });

  it('does not read the tables that it checks row filters of', async () => {
    const source = await createDatabase(
      servers.source,
      'CREATE TABLE t (n int); INSERT INTO t VALUES (0); CREATE TABLE u (n int)',
    );
    const filter = {
      table_filters: [
        { table: 'u', where: '1 / n > 0' },
        { table: 't', where: '1 / n > 0' },
      ],
    };
    const { failure } = await run({
      command: 'validate',
      source,
      target: unusedDatabaseUrl(servers.target),
      filter,
    });
    expect(failure).toBeNull();
  });

  it('refuses a filter that matches nothing, and writes nothing', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await expect(run({ source, target, filter: { exclude_tables: ['Orders'] } })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const name = new URL(target).pathname.slice(1);
    expect(
      await runSql(servers.target.url(), 'SELECT 1 FROM pg_database WHERE datname = $1', [name]),
    ).toEqual([]);
  });
});

describe('database filters of init', () => {
  it('copies the databases that are included under their own names', async () => {
    const sources = await Promise.all(
      [1, 2, 3].map((n) => createDatabase(servers.source, `CREATE TABLE t AS SELECT ${n} AS n`)),
    );
    const names = sources.map((url) => new URL(url).pathname.slice(1));
    const [first = '', second = '', third = ''] = names;
    const filter = { include_databases: [first, `${second.slice(0, -1)}*`] };
    const { result, failure } = await run({
      source: servers.source.url(),
      target: servers.target.url(),
      filter,
    });
    expect(failure).toBeNull();
    expect(result as InitResult).toMatchObject({ databases: 2, tables: 2, rows: 2 });
    expect(await runSql(servers.target.url(first), 'TABLE t')).toEqual([{ n: 1 }]);
    expect(await runSql(servers.target.url(second), 'TABLE t')).toEqual([{ n: 2 }]);
    expect(
      await runSql(servers.target.url(), 'SELECT 1 FROM pg_database WHERE datname = $1', [third]),
    ).toEqual([]);
  });

  it('copies nothing at all when one of the databases fails its preflight', async () => {
    const sources = await Promise.all([
      createDatabase(servers.source, 'CREATE TABLE t AS SELECT 1 AS n'),
      createDatabase(servers.source, 'CREATE TABLE t AS SELECT 2 AS n'),
    ]);
    const names = sources.map((url) => new URL(url).pathname.slice(1)).sort();
    const [first = '', last = ''] = names;
    const target = servers.target.url();
    await runSql(target, `CREATE DATABASE ${last}`);
    await runSql(servers.target.url(last), 'CREATE TABLE precious (id int)');
    await expect(
      run({ source: servers.source.url(), target, filter: { include_databases: names } }),
    ).rejects.toMatchObject({ code: 'target_not_empty' });
    expect(await runSql(target, 'SELECT 1 FROM pg_database WHERE datname = $1', [first])).toEqual([]);
  });

  it('refuses a database filter that matches nothing', async () => {
    const filter = { include_databases: ['no_such*'] };
    await expect(
      run({ source: servers.source.url(), target: servers.target.url(), filter }),
    ).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('no_such*') });
  });
});
