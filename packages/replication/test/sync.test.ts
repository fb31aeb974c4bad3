/** A copy that is followed, by the target's own subscription: what `init` makes, `sync` mends and takes away. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { InitResult, SyncResult } from '@seren-replicator/job-models';
import pg from 'pg';
import { until } from './cutover-world.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl, type RunInput } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, { shared_preload_libraries: 'pg_stat_statements' });

const SHOP = `
  CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL);
  CREATE TABLE history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int REFERENCES accounts, delta int);
  INSERT INTO accounts SELECT i, 0 FROM generate_series(1, 1000) AS i;`;

const synced = { no_sync: false };

async function init(source: string, target: string, more: Partial<RunInput> = {}): Promise<InitResult> {
  const { result, failure } = await run({ source, target, options: synced, ...more });
  expect(failure).toBeNull();
  return result as InitResult;
}

const CONTENTS = `SELECT (SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM accounts AS a) AS accounts,
                         (SELECT md5(string_agg(h::text, ',' ORDER BY id)) FROM history AS h) AS history`;

async function equal(source: string, target: string): Promise<boolean> {
  const [wanted, got] = [await runSql(source, CONTENTS), await runSql(target, CONTENTS)];
  return JSON.stringify(wanted) === JSON.stringify(got);
}

/** Moves money all the time, each move in a transaction of its own. */
async function withLoad<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const enough = new AbortController();
  const loading = (async () => {
    while (!enough.signal.aborted) {
      const id = 1 + Math.floor(Math.random() * 1000);
      await client.query(
        `BEGIN; UPDATE accounts SET balance = balance + 1 WHERE id = ${id};
         INSERT INTO history (account, delta) VALUES (${id}, 1); COMMIT`,
      );
    }
  })();
  try {
    return await work();
  } finally {
    enough.abort();
    await loading;
    await client.end();
  }
}

/** Everything that continuous sync makes on a server. */
async function leftOn(url: string): Promise<unknown[]> {
  return runSql(
    url,
    `SELECT slot_name::text AS name FROM pg_replication_slots WHERE database = current_database()
     UNION ALL SELECT pubname FROM pg_publication
     UNION ALL SELECT subname FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     UNION ALL SELECT nspname FROM pg_namespace WHERE nspname LIKE 'seren%'`,
  );
}

async function nameOfSubscription(target: string): Promise<string> {
  const [subscription] = await runSql(
    target,
    'SELECT subname FROM pg_subscription JOIN pg_database AS d ON d.oid = subdbid WHERE datname = current_database()',
  );
  return String(subscription?.['subname']);
}

async function dropSubscription(target: string): Promise<void> {
  const name = await nameOfSubscription(target);
  await runSql(
    target,
    `ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name}`,
  );
}

async function stop(source: string, target: string): Promise<void> {
  const { result } = await run({ command: 'sync', source, target, options: { stop: true } });
  expect(result).toMatchObject({ command: 'sync', stopped: true });
  expect([await leftOn(source), await leftOn(target)]).toEqual([[], []]);
}

describe('a copy that is followed', () => {
  it('has every change that was made while it was copied and after, once', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const result = await withLoad(source, async () => {
      const copied = await init(source, target);
      await sleep(500);
      return copied;
    });
    expect(result.sync).toEqual([
      expect.objectContaining({ method: 'subscription', tables: 2, left_out: [] }),
    ]);
    expect(result.verification).not.toBeNull();
    await until(() => equal(source, target));
    await stop(source, target);
  });

  it("leaves no password in the target's log and statistics, whatever it is told to keep", async () => {
    await runSql(servers.target.url(), 'CREATE EXTENSION pg_stat_statements');
    await runSql(servers.target.url(), "ALTER SYSTEM SET log_statement = 'all'");
    await runSql(servers.target.url(), 'SELECT pg_reload_conf()');
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await init(source, target);
    await stop(source, target);
    await runSql(servers.target.url(), 'ALTER SYSTEM RESET log_statement');
    await runSql(servers.target.url(), 'SELECT pg_reload_conf()');
    const log = await readFile(servers.target.logFile, 'utf8');
    expect(log).toContain('ALTER SUBSCRIPTION');
    expect(log).not.toContain(servers.source.password);
    const kept = "SELECT query FROM pg_stat_statements WHERE query ~ 'SUBSCRIPTION'";
    const queries = (await runSql(servers.target.url(), kept)).map(({ query }) => String(query)).join('\n');
    expect(queries).toContain('ALTER SUBSCRIPTION');
    expect(queries).not.toContain(servers.source.password);
  });

  it('is told again when the same is asked for again', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const first = await init(source, target);
    const second = await init(source, target);
    expect(second).toMatchObject({ tables: first.tables, rows: first.rows, sync: first.sync });
    // As a run leaves it that dies before the subscription is there.
    await dropSubscription(target);
    expect(await init(source, target)).toMatchObject({ sync: first.sync });
    await runSql(source, 'UPDATE accounts SET balance = 7 WHERE id = 7');
    await until(() => equal(source, target));
    await stop(source, target);
  });

  it('is made whole by sync: a subscription that was disabled, or dropped', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await init(source, target);
    const name = await nameOfSubscription(target);
    const repair = async () => (await run({ command: 'sync', source, target })).result as SyncResult;
    expect((await repair()).databases[0]?.repaired).toEqual([]);
    await runSql(target, `ALTER SUBSCRIPTION ${name} DISABLE`);
    expect((await repair()).databases[0]?.repaired).toEqual([expect.stringContaining('disabled')]);
    await dropSubscription(target);
    expect((await repair()).databases[0]?.repaired).toEqual([expect.stringContaining('made anew')]);
    await runSql(source, 'UPDATE accounts SET balance = 7 WHERE id = 7');
    await until(() => equal(source, target));
    await stop(source, target);
  });

  it('leaves nothing on either server when the copy is cancelled or fails', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const cancelling = new AbortController();
    await expect(
      run({
        source,
        target,
        options: synced,
        signal: cancelling.signal,
        onProgress: ({ phase }) => {
          if (phase === 'copy') cancelling.abort();
        },
      }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(await leftOn(source)).toEqual([]);
    expect(await leftOn(target)).toEqual([{ name: 'seren_replicator' }]);
    await init(source, target);
    await until(() => equal(source, target));
    await stop(source, target);
  });

  it('is dropped with what it made by a copy that may drop', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await init(source, target);
    const before = await leftOn(source);
    await init(source, target, { options: { ...synced, drop_existing: true } });
    const after = await leftOn(source);
    expect(after).toHaveLength(before.length);
    expect(after).not.toEqual(before);
    await stop(source, target);
  });

  it('is refused by sync where there is none', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = await createDatabase(servers.target);
    await expect(run({ command: 'sync', source, target })).rejects.toMatchObject({ code: 'sync_missing' });
  });
});

describe('tables without a replica identity', () => {
  const PLAIN = `${SHOP} CREATE TABLE plain (v int); INSERT INTO plain VALUES (1), (1);
                 CREATE TABLE nothing (id int PRIMARY KEY); ALTER TABLE nothing REPLICA IDENTITY NOTHING;
                 CREATE UNLOGGED TABLE quick (id int PRIMARY KEY); INSERT INTO quick VALUES (1)`;
  const identities =
    "SELECT relname, relreplident FROM pg_class WHERE relname IN ('plain', 'nothing') ORDER BY 1";

  it('are refused unless the user chooses', async () => {
    const source = await createDatabase(servers.source, PLAIN);
    await expect(init(source, unusedDatabaseUrl(servers.target))).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('public.plain'),
    });
    expect(await leftOn(source)).toEqual([]);
  });

  it('are copied and left behind if they are to be skipped', async () => {
    const source = await createDatabase(servers.source, PLAIN);
    const target = unusedDatabaseUrl(servers.target);
    const { sync } = await init(source, target, { options: { ...synced, no_key_tables: 'skip' } });
    expect(sync?.[0]?.left_out.map(({ object }) => object).sort()).toEqual([
      'table public.nothing',
      'table public.plain',
      'table public.quick',
    ]);
    await runSql(source, 'UPDATE plain SET v = 2');
    await stop(source, target);
  });

  it('are told apart by all columns if that is wanted, until the end', async () => {
    const source = await createDatabase(servers.source, PLAIN);
    const target = unusedDatabaseUrl(servers.target);
    const before = await runSql(source, identities);
    await init(source, target, { options: { ...synced, no_key_tables: 'full' } });
    await runSql(source, 'UPDATE plain SET v = v + 1');
    await until(async () => (await runSql(target, 'SELECT FROM plain WHERE v = 2')).length === 2);
    // As a cutover leaves it that dies on its way to the way back, which would need them.
    await runSql(
      target,
      `UPDATE seren_replicator_sync.run SET cutover = '{"lock": null, "isReverseBegun": true, "isPastReturn": false}'`,
    );
    await stop(source, target);
    expect(await runSql(source, identities)).toEqual(before);
    expect(await runSql(target, identities)).toEqual(before);
  });
});

describe('filters', () => {
  const filter = { table_filters: [{ table: 'accounts', where: 'id <= 10' }], exclude_tables: ['history'] };

  it('hold for changes too', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await init(source, target, { filter });
    await runSql(
      source,
      'UPDATE accounts SET balance = 5 WHERE id IN (10, 11); DELETE FROM accounts WHERE id = 1',
    );
    const accounts = 'SELECT id, balance FROM accounts WHERE id <= 10 ORDER BY id';
    await until(
      async () =>
        JSON.stringify(await runSql(source, accounts)) ===
        JSON.stringify(await runSql(target, 'SELECT id, balance FROM accounts ORDER BY id')),
    );
    await stop(source, target);
  });

  it('are refused where they would keep users from updating rows of the source', async () => {
    const source = await createDatabase(servers.source, `${SHOP} CREATE TABLE plain (id int)`);
    const target = unusedDatabaseUrl(servers.target);
    const where = {
      table_filters: [{ table: 'accounts', where: 'balance >= 0' }],
      exclude_tables: ['history'],
    };
    const options = { ...synced, no_key_tables: 'full' as const };
    await expect(init(source, target, { filter: where, options })).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining('balance'),
    });
    expect([await leftOn(source), await leftOn(target)]).toEqual([[], []]);
    expect(await runSql(source, "SELECT relname FROM pg_class WHERE relreplident = 'f'")).toEqual([]);
    await runSql(source, 'UPDATE accounts SET balance = 1');
  });
});

describe('a target that cannot subscribe', () => {
  it('is told so at once where a subscription is insisted on', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    const elsewhere = source.replace('127.0.0.1', '127.0.0.2');
    await expect(
      init(elsewhere, target, { options: { ...synced, sync_method: 'subscription' } }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/not_supported|host_unreachable/) });
    expect(await leftOn(source)).toEqual([]);
  });
});
