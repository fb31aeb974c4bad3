/** A cutover that does not come to its end: everything is as before, and the target goes on following. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { PostgresServer } from '@seren-replicator/local-servers';
import {
  expectFlow,
  MANY,
  runCutover,
  standingOf,
  startFollowed,
  startWriter,
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

/** In the order in which they are run; a run with these options has them all. */
const steps = [
  'preflight',
  'catch up',
  'lock source',
  'last writers',
  'drain',
  'sequences',
  'materialized views',
  'verify',
  'follow back',
  'hand over',
];

async function nameOf(url: string): Promise<string> {
  const [row] = await runSql(url, 'SELECT current_database()::text AS name');
  return row?.['name'] as string;
}

/** What a run could have left on a server besides what follows. */
async function leftOn(server: PostgresServer, url: string): Promise<unknown[]> {
  return runSql(
    server.url(),
    `SELECT query FROM pg_stat_activity WHERE datname = $1 AND application_name = 'seren-replicator'`,
    [await nameOf(url)],
  );
}

describe('a cutover that is cancelled', () => {
  let both: Followed;

  beforeAll(async () => {
    both = await startFollowed(servers);
    await runSql(both.source, "SELECT nextval('tickets')");
  });

  it.each(steps)('in the step %s leaves everything as it was', async (step) => {
    const before = await standingOf(both);
    const cancelling = new AbortController();
    const running = runCutover({
      ...both,
      options,
      signal: cancelling.signal,
      onProgress: ({ phase }) => {
        if (phase === step) cancelling.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(await standingOf(both)).toEqual(before);
    expect(await leftOn(servers.source, both.source)).toEqual([]);
    expect(await leftOn(servers.target, both.target)).toEqual([]);
    await expectFlow(both);
  });

  it('lets writers in again that it had locked out', async () => {
    const writer = startWriter(both.source);
    await until(() => Promise.resolve(writer.written.size > 20));
    const cancelling = new AbortController();
    // A session that comes while the source is locked would stay read-only for as long as it lives.
    const pooled = new pg.Client({ connectionString: both.source });
    const cut = new Promise((resolve) => pooled.on('error', resolve));
    let connecting: Promise<unknown> | undefined;
    const running = runCutover({
      ...both,
      options,
      signal: cancelling.signal,
      onProgress: ({ phase }) => {
        if (phase !== 'verify' || connecting !== undefined) return;
        connecting = writer.refused.then(() => pooled.connect()).then(() => cancelling.abort());
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await cut;
    await expectFlow(both);
  });
});

describe('a cutover that finds a difference', () => {
  it.each([
    ['full', "UPDATE orders SET note = 'tampered with' WHERE id = 7", 'public.orders'],
    ['counts', 'DELETE FROM orders WHERE id = 7', 'public.orders'],
  ] as const)('by a comparison of the kind %s takes everything back', async (method, tamper, table) => {
    const both = await startFollowed(servers);
    await runSql(both.target, tamper);
    await runSql(both.source, "SELECT nextval('tickets')");
    const before = await standingOf(both);
    const { result, failure } = await runCutover({
      ...both,
      options: { ...options, cutover_verification: method },
    });
    expect(failure).toMatchObject({
      code: 'contents_differ',
      message: expect.stringMatching(new RegExp(`${table}.*Everything is as it was before`)),
    });
    expect(result.steps.map(({ step, status }) => `${step}: ${status}`)).toEqual([
      'preflight: done',
      'catch up: done',
      'lock source: undone',
      'last writers: done',
      'drain: done',
      'sequences: undone',
      'materialized views: done',
      'verify: failed',
    ]);
    expect(result.verification?.tables.filter(({ equal }) => !equal)).toHaveLength(1);
    expect(await standingOf(both)).toEqual(before);
    await expectFlow(both);
  });

  it('says that writes went on where the source was not locked', async () => {
    const both = await startFollowed(servers);
    const { failure } = await runCutover({
      ...both,
      onProgress: ({ phase }) => {
        if (phase === 'sequences') void runSql(both.target, 'DELETE FROM orders WHERE id = 3');
      },
    });
    expect(failure?.message).toContain('--lock-source');
    await expectFlow(both);
  });
});

describe('a cutover that loses a server', () => {
  it('lets writers in although the target is gone, and tidies up when it is back', async () => {
    const both = await startFollowed(servers);
    const before = await standingOf(both);
    let stopping: Promise<void> | undefined;
    const running = runCutover({
      ...both,
      options,
      onProgress: ({ phase }) => {
        if (phase === 'sequences') stopping ??= servers.target.kill();
      },
    });
    await until(() => Promise.resolve(stopping !== undefined));
    await stopping;
    await until(async () => {
      const [row] = await runSql(both.source, 'SHOW default_transaction_read_only');
      return row?.['default_transaction_read_only'] === 'off';
    });
    await runSql(both.source, "INSERT INTO orders (note) VALUES ('while the target is away')");
    await servers.target.restart();
    const { failure } = await running;
    expect(failure?.code).toMatch(/connection_lost|host_unreachable/);
    expect(failure?.message).toContain('Everything is as it was before');
    expect(await settled(both)).toEqual(settledOf(before));
    await expectFlow(both);
    // Nothing is noted any more: another run with a lock comes to its end.
    expect((await runCutover({ ...both, options: { lock_source: true } })).failure).toBeNull();
  });
});

/** Without the source's sequences, from which somebody has drawn. */
async function settled(both: Followed): Promise<unknown> {
  return settledOf(await standingOf(both));
}

function settledOf(standing: unknown): unknown {
  return (standing as unknown[]).filter((_, index) => index % 3 !== 2);
}

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
