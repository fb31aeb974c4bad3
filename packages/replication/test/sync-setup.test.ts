/** What is made on both servers so that a copy can be followed, and what becomes of it when that does not work out. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import type { InitResult, JobProgress } from '@seren-replicator/job-models';
import pg from 'pg';
import type { Tuning } from '../src/tuning.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { waitUntil } from './stream-pair.ts';

/** Source and target of every test. */
let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ major: 18, settings: { max_replication_slots: 20, max_wal_senders: 20 } });
});
afterAll(() => server.stop());

async function init(
  source: string,
  target: string,
  options: object = {},
  tuning: Partial<Tuning> = {},
): Promise<InitResult> {
  const { result } = await run({
    source,
    target,
    options: { no_sync: false, jobs: 1, verify: false, ...options },
    tuning,
  });
  return result as InitResult;
}

/** @returns what was logged */
async function stop(source: string, target: string): Promise<unknown[]> {
  const logged: unknown[] = [];
  const onLog = (fields: object, message: string) => logged.push({ ...fields, message });
  await run({ command: 'sync', source, target, options: { stop: true }, onLog });
  return logged;
}

describe('tables that only generated columns tell apart', () => {
  it('are left out, so that the source can go on updating them', async () => {
    const source = await createDatabase(
      server,
      `CREATE TABLE whole (a int, b int GENERATED ALWAYS AS (a * 2) STORED);
       ALTER TABLE whole REPLICA IDENTITY FULL; INSERT INTO whole VALUES (1);
       CREATE TABLE keyed (a int, b int GENERATED ALWAYS AS (a * 2) STORED PRIMARY KEY); INSERT INTO keyed VALUES (1)`,
    );
    const target = unusedDatabaseUrl(server);
    const { sync } = await init(source, target, { no_key_tables: 'skip' });
    expect(sync?.[0]?.left_out.map(({ object }) => object).sort()).toEqual([
      'table public.keyed',
      'table public.whole',
    ]);
    await runSql(source, 'UPDATE whole SET a = 2; UPDATE keyed SET a = 2');
    await stop(source, target);
  });
});

describe('a table that was made FULL', () => {
  it('stays so while another publication has it, and that is told', async () => {
    const source = await createDatabase(server, 'CREATE TABLE plain (a int); INSERT INTO plain VALUES (1)');
    const [first, second] = [unusedDatabaseUrl(server), unusedDatabaseUrl(server)];
    await init(source, first, { no_key_tables: 'full' });
    await init(source, second, { no_key_tables: 'full' });
    expect(await stop(source, first)).toContainEqual({
      tables: ['public.plain'],
      message: 'replica identities stay FULL: other publications have these tables',
    });
    await runSql(source, 'UPDATE plain SET a = 2');
    await stop(source, second);
  });
});

describe('rows that a subscription could not find', () => {
  const DOCUMENTS = `CREATE TYPE page AS (number int, body json); CREATE DOMAIN pages AS page[];
                     CREATE TABLE documents (a int, b pages); ALTER TABLE documents REPLICA IDENTITY FULL`;

  it('are followed by the stream, and refused where a subscription is insisted on', async () => {
    const source = await createDatabase(server, DOCUMENTS);
    const target = unusedDatabaseUrl(server);
    await expect(init(source, target, { sync_method: 'subscription' })).rejects.toMatchObject({
      code: 'not_supported',
      message: expect.stringContaining(
        'it cannot find rows of public.documents by all of their columns, since json of b has no equality',
      ),
    });
    const ending = new AbortController();
    const options = { no_sync: false, jobs: 1, verify: false };
    const onProgress = ({ phase }: JobProgress) => phase === 'sync' && ending.abort();
    await expect(run({ source, target, options, signal: ending.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await runSql(target, 'SELECT method, reason FROM seren_replicator_sync.run')).toEqual([
      { method: 'stream', reason: expect.stringContaining('json of b has no equality') },
    ]);
    await stop(source, target);
  });

  it('are none where there is a primary key, or every type has an equality', async () => {
    const source = await createDatabase(
      server,
      `CREATE TABLE keyed (id int PRIMARY KEY, b json); ALTER TABLE keyed REPLICA IDENTITY FULL;
       CREATE TYPE mood AS ENUM ('good'); CREATE TYPE two AS (a varchar(3), b int4range);
       CREATE TABLE plain (a text[], b mood, c two, d cidr, e regclass, f jsonb, g bit(3), h int2vector, i bpchar[]);
       ALTER TABLE plain REPLICA IDENTITY FULL`,
    );
    const target = unusedDatabaseUrl(server);
    expect((await init(source, target)).sync?.[0]?.method).toBe('subscription');
    await stop(source, target);
  });
});

/** Does something at the time when the source waits for a transaction, before it makes the slot. */
async function beforeSlot(copying: () => Promise<unknown>, work: () => Promise<unknown>): Promise<void> {
  const writer = new pg.Client({ connectionString: server.url() });
  await writer.connect();
  await writer.query('BEGIN; SELECT pg_current_xact_id()');
  const copied = copying();
  try {
    await waitUntil(
      server.url(),
      "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'CREATE_REPLICATION_SLOT%' AND state = 'active'",
    );
    await work();
  } finally {
    await writer.end();
  }
  await copied;
}

const SLOTS = 'SELECT slot_name FROM pg_replication_slots WHERE database = current_database()';
const PUBLICATIONS = 'SELECT pubname FROM pg_publication';

describe('a copy that is to be followed', () => {
  it('begins anew when another table has taken the name of a published one', async () => {
    const source = await createDatabase(
      server,
      'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)',
    );
    const target = unusedDatabaseUrl(server);
    await beforeSlot(
      () => init(source, target),
      () =>
        runSql(
          source,
          `BEGIN; CREATE TABLE next (LIKE t INCLUDING ALL); INSERT INTO next TABLE t; DROP TABLE t;
           ALTER TABLE next RENAME TO t; COMMIT`,
        ),
    );
    await runSql(source, 'INSERT INTO t VALUES (2)');
    await waitUntil(target, 'SELECT count(*) = 2 FROM t');
    await stop(source, target);
  });

  it('is not ended by sync while it is copied', async () => {
    const source = await createDatabase(server, 'CREATE TABLE t (id int PRIMARY KEY)');
    const target = unusedDatabaseUrl(server);
    await beforeSlot(
      () => init(source, target),
      () => expect(stop(source, target)).rejects.toMatchObject({ code: 'target_in_use' }),
    );
    await stop(source, target);
    expect(await runSql(source, SLOTS)).toEqual([]);
  });

  it('leaves nothing on the source when its target goes away, and tells what is left there', async () => {
    const source = await createDatabase(server, 'CREATE TABLE t (id int PRIMARY KEY)');
    const target = await createDatabase(server);
    const name = new URL(target).pathname.slice(1);
    await beforeSlot(
      () =>
        expect(init(source, target)).rejects.toMatchObject({
          message: expect.stringContaining('record of continuous sync is left'),
        }),
      async () => {
        await runSql(server.url(), `ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
        await runSql(
          server.url(),
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`,
        );
      },
    );
    expect([await runSql(source, SLOTS), await runSql(source, PUBLICATIONS)]).toEqual([[], []]);
  });

  it('says what to do, and what the source keeps, when the subscription does not come up', async () => {
    await server.restart({ max_logical_replication_workers: 0 });
    const source = await createDatabase(server, 'CREATE TABLE t (id int PRIMARY KEY)');
    const target = unusedDatabaseUrl(server);
    const impatient = { subscriptionDeadlineMs: 1_000 };
    await expect(init(source, target, {}, impatient)).rejects.toMatchObject({
      code: 'sync_conflict',
      message: expect.stringMatching(
        /run sync, or sync --stop and then init --drop-existing --sync-method stream\. Until then the source keeps its log for the slot seren_replicator_\w+\.$/,
      ),
    });
    await stop(source, target);
    expect(await runSql(source, SLOTS)).toEqual([]);
  });
});
