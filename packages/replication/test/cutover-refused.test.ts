/** What keeps a cutover from beginning: it is told, and nothing is changed. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import {
  expectFlow,
  MANY,
  nameOf,
  runCutover,
  standingOf,
  startFollowed,
  until,
  type Followed,
} from './cutover-world.ts';
import { asUser, createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17, { ...MANY, max_prepared_transactions: 2 });

const options = { lock_source: true, reverse: true };

describe('what is in the way of a cutover', () => {
  interface Case {
    name: string;
    begin: (both: Followed) => Promise<() => Promise<unknown>>;
    says: RegExp;
    code?: string;
  }
  const cases: Case[] = [
    {
      name: 'a prepared transaction',
      begin: async ({ source }) => {
        const client = new pg.Client({ connectionString: source });
        await client.connect();
        await client.query("BEGIN; INSERT INTO orders (note) VALUES ('x')");
        await client.query("PREPARE TRANSACTION 'pending'");
        await client.end();
        return () => runSql(source, "ROLLBACK PREPARED 'pending'");
      },
      says: /prepared transaction pending/,
    },
    {
      name: 'a table that could not be sent back',
      begin: async ({ target }) => {
        await runSql(target, 'ALTER TABLE orders REPLICA IDENTITY NOTHING');
        return () => runSql(target, 'ALTER TABLE orders REPLICA IDENTITY DEFAULT');
      },
      says: /could not update rows of public\.orders once it sends its changes/,
    },
    {
      name: 'a role that is exempt from the lock',
      begin: async ({ source }) => {
        await runSql(source, 'CREATE ROLE exempt LOGIN');
        await runSql(source, 'ALTER ROLE exempt SET default_transaction_read_only = off');
        return () => runSql(source, 'DROP ROLE exempt');
      },
      says: /role exempt is exempt.*ALTER ROLE "exempt" RESET default_transaction_read_only/,
    },
    {
      name: 'a read-only target',
      begin: async ({ target }) => {
        const alter = `ALTER DATABASE ${await nameOf(target)}`;
        await runSql(target, `${alter} SET default_transaction_read_only = on`);
        return () => runSql(servers.target.url(), `${alter} RESET default_transaction_read_only`);
      },
      says: /target database is read-only/,
    },
    {
      name: 'a slot that is gone',
      begin: async ({ source, target }) => {
        await runSql(target, `ALTER SUBSCRIPTION ${await syncNameOf(source)} DISABLE`);
        await until(async () => {
          const dropped = await runSql(
            source,
            'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database() AND NOT active',
          );
          return dropped.length > 0;
        });
        return () => Promise.resolve();
      },
      says: /replication slot is lost/,
      code: 'slot_lost',
    },
  ];

  const unfollowed: Case[] = [
    {
      name: 'a table that is not published any more',
      begin: async ({ source }) => {
        const name = await syncNameOf(source);
        await runSql(source, `ALTER PUBLICATION ${name} DROP TABLE countdown`);
        return () => runSql(source, `ALTER PUBLICATION ${name} ADD TABLE countdown`);
      },
      says: /public\.countdown is not published.*ALTER PUBLICATION \S+ ADD TABLE ONLY/,
    },
    {
      name: 'a subscription that is disabled',
      begin: async ({ source, target }) => {
        const name = await syncNameOf(source);
        await runSql(target, `ALTER SUBSCRIPTION ${name} DISABLE`);
        return () => runSql(target, `ALTER SUBSCRIPTION ${name} ENABLE`);
      },
      says: /is disabled.*ALTER SUBSCRIPTION \S+ ENABLE/,
      code: 'sync_lagging',
    },
  ];

  let both: Followed;

  beforeAll(async () => {
    both = await startFollowed(servers);
  });

  it('are rights that a role lacks, all of them told at once', async () => {
    await runSql(
      both.source,
      "CREATE ROLE lesser LOGIN REPLICATION PASSWORD 'lesser'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO lesser; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO lesser",
    );
    const client = new pg.Client({ connectionString: both.source });
    client.on('error', () => undefined);
    await client.connect();
    const { failure } = await runCutover({ ...both, source: asUser(both.source, 'lesser'), options });
    expect(failure?.message).toMatch(/only its owner may.*GRANT pg_read_all_stats TO "lesser"/);
    await client.end();
    await expectFlow(both);
  });

  it.each([...unfollowed, ...cases])('is $name', async ({ begin, says, code }) => {
    const end = await begin(both);
    const before = await standingOf(both);
    try {
      const { result, failure } = await runCutover({ ...both, options });
      expect(failure).toMatchObject({ code: code ?? 'checks_failed', message: expect.stringMatching(says) });
      expect(failure?.message).toContain('Nothing was changed.');
      expect(result.steps.map(({ status }) => status)).toEqual(['failed']);
      expect(await standingOf(both)).toEqual(before);
    } finally {
      await end();
    }
  });
});

it('is not a target that is behind by less than it may be, however long that takes to see', async () => {
  const both = await startFollowed(servers);
  const client = new pg.Client({ connectionString: both.target });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE orders IN EXCLUSIVE MODE');
  await runSql(both.source, "INSERT INTO orders (note) VALUES ('held up')");
  const look = { ...both, tuning: { lagDeadlineMs: 300 } };
  const late = await runCutover({ ...look, options: { max_lag_seconds: 1 } });
  expect(late.failure).toMatchObject({
    code: 'sync_lagging',
    message: expect.stringContaining('allow more with --max-lag'),
  });
  const running = runCutover({ ...look, options: { max_lag_seconds: 60 } });
  setTimeout(() => void client.query('COMMIT'), 2_500);
  expect((await running).failure).toBeNull();
  await client.end();
});

it('are filters that differ from those of the copy, which count without being said again', async () => {
  const sql = `CREATE TABLE kept (id serial PRIMARY KEY); INSERT INTO kept SELECT generate_series(1, 10);
               CREATE TABLE logs (id serial PRIMARY KEY)`;
  const both = {
    source: await createDatabase(servers.source, sql),
    target: unusedDatabaseUrl(servers.target),
  };
  const filter = {
    exclude_tables: ['public.logs'],
    table_filters: [{ table: 'kept', where: 'id > 5' }],
  };
  await run({ ...both, filter, options: { no_sync: false, sync_method: 'subscription', verify: false } });
  const other = { ...filter, table_filters: [] };
  for (const command of ['cutover', 'status', 'sync'] as const) {
    await expect(run({ ...both, command, filter: other })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('row filters: [["kept","id > 5"]] before, [] now'),
    });
  }
  expect((await runCutover({ ...both, filter, options: { dry_run: true } })).failure).toBeNull();
  const { failure, result } = await runCutover({ ...both, options: { lock_source: true } });
  expect(failure).toBeNull();
  expect(result.verification?.tables).toMatchObject([
    { table: 'public.kept', source_rows: 5, target_rows: 5 },
  ]);
});

async function syncNameOf(source: string): Promise<string> {
  const [slot] = await runSql(
    source,
    'SELECT slot_name AS name FROM pg_replication_slots WHERE database = current_database()',
  );
  return String(slot?.['name']);
}
