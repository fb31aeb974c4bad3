/** What `validate` finds at a source: privileges, other sessions, and contents that are worth a word. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startPostgres } from '@seren-replicator/local-servers';
import { activityQuestions } from '../src/catalog/activity-questions.ts';
import { ask } from '../src/catalog/ask.ts';
import { USER_RELATIONS } from '../src/catalog/user-relations.ts';
import { asUser, validate } from './check-finder.ts';
import { createDatabase, runSql, unusedDatabaseUrl, type ServerPair } from './database-pair.ts';
import { openSession } from './open-session.ts';

let servers: ServerPair;

beforeAll(async () => {
  const [source, target] = await Promise.all([
    startPostgres({ major: 17, settings: { max_prepared_transactions: 5 } }),
    startPostgres({ major: 18 }),
  ]);
  const stop = async () => {
    await Promise.all([source.stop(), target.stop()]);
  };
  servers = { source, target, stop };
});
afterAll(() => servers.stop());

async function validateSource(source: string, options = {}, filter = {}) {
  return validate({ source, target: unusedDatabaseUrl(servers.target), options, filter });
}

/** A session that goes on while `work` runs. */
async function whileHolding(url: string, sql: string, work: (pid: number) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'the app' });
  await client.connect();
  try {
    await client.query(sql);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await work(rows[0]?.pid ?? 0);
  } finally {
    await client.end();
  }
}

describe('the source role', () => {
  it('is told every grant that it lacks, in SQL that mends it', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE "Reader" LOGIN PASSWORD 'Reader'; CREATE TABLE "Secret.Table" (id int);
       CREATE SCHEMA closed; CREATE TABLE closed.t (id serial); GRANT SELECT ON closed.t TO "Reader"`,
    );
    const asReader = asUser(source, 'Reader');
    const before = (await validateSource(asReader)).find('source privileges');
    expect(before).toMatchObject({
      status: 'fail',
      message: expect.stringContaining('closed.t, closed.t_id_seq, public.Secret.Table'),
    });
    await runSql(source, before.fix ?? '');
    const after = (await validateSource(asReader)).find('source privileges');
    expect(after).toMatchObject({ status: 'pass' });
  });

  it('lacks what it lacks on excluded tables too, which pg_dump locks', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE partial LOGIN PASSWORD 'partial'; CREATE TABLE a (); CREATE TABLE b (id serial);
       GRANT SELECT ON a TO partial`,
    );
    const { find } = await validateSource(asUser(source, 'partial'), {}, { exclude_tables: ['b'] });
    expect(find('source privileges')).toMatchObject({
      status: 'fail',
      message: expect.stringMatching(/may not read public\.b; excluded tables/),
    });
  });

  it('is told how many more there are, and of the role that may read them all', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE many LOGIN PASSWORD 'many';
       DO $$ BEGIN FOR i IN 10..21 LOOP EXECUTE format('CREATE TABLE t%s ()', i); END LOOP; END $$`,
    );
    const check = (await validateSource(asUser(source, 'many'))).find('source privileges');
    expect(check.message).toContain('public.t10, public.t11, public.t12, public.t13, public.t14 and 7 more');
    expect(check.fix).toContain('GRANT SELECT ON TABLE "public"."t10" TO "many";\n');
    expect(check.fix).toContain('GRANT pg_read_all_data TO "many";');
    await runSql(source, check.fix ?? '');
    expect((await validateSource(asUser(source, 'many'))).find('source privileges').status).toBe('pass');
  });

  it('sees all rows, or is told whose policy hides them and what would show them', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE hidden LOGIN PASSWORD 'hidden'; CREATE TABLE t (); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
       GRANT SELECT ON t TO hidden`,
    );
    const check = (await validateSource(asUser(source, 'hidden'))).find('row security');
    expect(check).toMatchObject({ status: 'fail', message: expect.stringContaining('public.t') });
    const filter = { schema_only_tables: ['t'] };
    const without = await validateSource(asUser(source, 'hidden'), {}, filter);
    expect(without.find('row security').status).toBe('pass');
    await runSql(source, check.fix ?? '');
    expect((await validateSource(asUser(source, 'hidden'))).find('row security').status).toBe('pass');
  });

  it('may not see the options of user mappings that are not its own', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE ROLE mapper LOGIN PASSWORD 'mapper'; CREATE EXTENSION postgres_fdw;
       CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; GRANT USAGE ON FOREIGN SERVER far TO mapper;
       CREATE USER MAPPING FOR postgres SERVER far OPTIONS (user 'x', password 'hush');
       CREATE USER MAPPING FOR mapper SERVER far OPTIONS (user 'x', password 'hush')`,
    );
    const validation = await validateSource(asUser(source, 'mapper'));
    expect(validation.find('user mappings')).toMatchObject({
      status: 'warn',
      message: expect.stringMatching(/may not see: postgres on far$/),
      fix: expect.stringContaining('ALTER USER MAPPING FOR "postgres" SERVER "far"'),
    });
    expect(JSON.stringify(validation.checks)).not.toContain('hush');
    expect((await validateSource(source)).find('user mappings').status).toBe('pass');
  });

  it('has fewer connections left than it needs', async () => {
    const source = await createDatabase(
      servers.source,
      "CREATE ROLE few LOGIN PASSWORD 'few' CONNECTION LIMIT 3",
    );
    expect((await validateSource(asUser(source, 'few'))).find('source connections left')).toMatchObject({
      status: 'fail',
      message: '2 left for few, and at least 4 are needed',
    });
  });

  it('counts the sessions of others, whom it may not see', async () => {
    const source = await createDatabase(servers.source, "CREATE ROLE blind LOGIN PASSWORD 'blind'");
    const leftNow = async () => {
      const { message } = (await validateSource(asUser(source, 'blind'))).find('source connections left');
      return Number.parseInt(message, 10);
    };
    const before = await leftNow();
    await whileHolding(source, 'SELECT 1', async () => expect(await leftNow()).toBe(before - 1));
  });
});

describe('other sessions of the source', () => {
  it('hold locks that a copy would wait for; asking does not wait', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE busy (t text PRIMARY KEY)');
    await whileHolding(source, 'BEGIN; LOCK TABLE busy', async (pid) => {
      const check = (await validateSource(source)).find('blocking locks');
      expect(check).toMatchObject({
        status: 'warn',
        message: expect.stringContaining(`public.busy held by process ${pid} (postgres, the app)`),
        fix: `SELECT pg_catalog.pg_terminate_backend(${pid});`,
      });
    });
    expect((await validateSource(source)).find('blocking locks').status).toBe('pass');
  });

  it('have left transactions prepared, which can be committed as told', async () => {
    const source = await createDatabase(servers.source, 'CREATE TABLE t ()');
    await runSql(source, "BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'it''s one'");
    const { find } = await validateSource(source);
    expect(find('prepared transactions')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining("it's one of postgres"),
    });
    expect(find('blocking locks').message).toContain('public.t by a prepared transaction');
    await runSql(source, find('prepared transactions').fix ?? '');
    expect((await validateSource(source)).find('prepared transactions').status).toBe('pass');
  });

  it('have transactions open for long', async () => {
    const source = await createDatabase(servers.source);
    await whileHolding(source, 'BEGIN; SELECT 1', async (pid) => {
      const session = await openSession(source);
      const { longTransactions } = await ask(session.session, 'tell', {
        questions: activityQuestions(0),
        tables: USER_RELATIONS,
        values: [[], []],
      });
      await session.close();
      expect(longTransactions).toMatchObject({
        count: 1,
        items: [{ pid, user: 'postgres', application: 'the app' }],
      });
      expect((await validateSource(source)).find('long transactions').status).toBe('pass');
    });
  });
});

describe('contents of the source', () => {
  it('that are left out or treated otherwise are told of', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE t (id int, n int); INSERT INTO t VALUES (1, -1), (1, -1);
       ALTER TABLE t ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
       CREATE UNLOGGED TABLE scratch (); CREATE MATERIALIZED VIEW unfilled AS SELECT 1 WITH NO DATA;
       CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
       CREATE FOREIGN TABLE elsewhere (id int) SERVER far;
       CREATE SUBSCRIPTION sub CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)`,
    );
    await runSql(source, 'CREATE UNIQUE INDEX CONCURRENTLY "Broken" ON t (id)').catch(() => undefined);
    const { find } = await validateSource(source);
    expect(find('invalid indexes')).toMatchObject({
      status: 'warn',
      message: 'invalid indexes are left out: public.Broken',
      fix: expect.stringContaining('REINDEX INDEX CONCURRENTLY "public"."Broken";'),
    });
    expect(find('unvalidated constraints').message).toContain('positive of public.t');
    expect(find('unlogged tables').message).toContain('public.scratch');
    expect(find('unpopulated views').message).toContain('public.unfilled');
    expect(find('foreign tables').message).toContain('public.elsewhere of far');
    expect(find('subscriptions')).toMatchObject({
      status: 'warn',
      message: expect.stringContaining('created disabled'),
      fix: expect.stringContaining('ALTER SUBSCRIPTION "sub" SET (slot_name = NONE)'),
    });
    await runSql(source, 'ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub');
  });

  it('are measured as far as they are copied', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE TABLE big AS SELECT repeat('x', 500) AS x FROM generate_series(1, 10000);
       CREATE TABLE small (id int PRIMARY KEY); SELECT lo_from_bytea(0, decode(string_agg(md5(i::text), ''), 'hex')) FROM generate_series(1, 200000) AS i`,
    );
    const whole = await validateSource(source);
    expect(whole.find('size').message).toMatch(
      /^2 tables with 6 MB, the largest public\.big with 6 MB, \d MB of large objects, /,
    );
    const filter = { exclude_tables: ['big'] };
    const part = await validateSource(source, {}, filter);
    expect(part.find('size').message).toMatch(/^1 table with 0 MB, the largest public\.small/);
    expect(part.find('duration')).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('50 MB/s'),
    });
  });
});

it('a lock table that is too small for all the tables at once is told before they are locked', async () => {
  const small = await startPostgres({
    major: 17,
    settings: { max_connections: 20, max_locks_per_transaction: 10 },
  });
  try {
    const create = (from: number, to: number) =>
      `DO $$ BEGIN FOR i IN ${from}..${to} LOOP EXECUTE format('CREATE TABLE t%s ()', i); END LOOP; END $$`;
    const source = await createDatabase(small, create(1, 150));
    const check = async () => (await validateSource(source)).find('source lock table');
    expect(await check()).toMatchObject({ status: 'pass', message: '150 of 200 locks' });
    await runSql(source, create(151, 250));
    expect(await check()).toMatchObject({
      status: 'warn',
      fix: expect.stringContaining('ALTER SYSTEM SET max_locks_per_transaction = 19;'),
    });
    await runSql(source, create(251, 340));
    await runSql(source, create(341, 420));
    expect(await check()).toMatchObject({ status: 'fail' });
  } finally {
    await small.stop();
  }
});
