/** What keeps a cutover from beginning: it is told, and nothing is changed. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
import { asUser, runSql, startServerPair, type ServerPair } from './database-pair.ts';

let servers: ServerPair;

beforeAll(async () => {
  servers = await startServerPair(15, 17, { ...MANY, max_prepared_transactions: 2 });
});
afterAll(() => servers.stop());

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
        const [slot] = await runSql(
          source,
          'SELECT slot_name AS name FROM pg_replication_slots WHERE database = current_database()',
        );
        await runSql(target, `ALTER SUBSCRIPTION ${String(slot?.['name'])} DISABLE`);
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

  it.each(cases)('is $name', async ({ begin, says, code }) => {
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
