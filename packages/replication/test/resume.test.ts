import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import { countSent, IS_SOAK, reportCopiedAgain } from './copied-again.ts';
import {
  createDatabase,
  run,
  runSql,
  startServerPair,
  unusedDatabaseUrl,
  type ServerPair,
} from './database-pair.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let servers: ServerPair;
let toTarget: TcpProxy;

beforeAll(async () => {
  servers = await startServerPair(17, 18);
  toTarget = await startTcpProxy(servers.target.port);
});
afterAll(async () => {
  await toTarget.stop();
  await servers.stop();
});

/** Small data is treated as large data is. */
const tuning = { minPartBytes: 256 * 1024, minDividedBytes: 0 };

const SHOP = `
  CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE);
  CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL REFERENCES customers, note text);
  CREATE TABLE days (day date, n int, PRIMARY KEY (day, n)) PARTITION BY RANGE (day);
  CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
  CREATE TABLE days_2 PARTITION OF days DEFAULT;
  INSERT INTO customers (name) SELECT 'c' || i FROM generate_series(1, 20000) AS i;
  INSERT INTO orders (customer, note) SELECT 1 + i % 20000, repeat(md5(i::text), 3) FROM generate_series(1, 60000) AS i;
  INSERT INTO days SELECT '2024-01-01'::date + i % 60, i FROM generate_series(1, 20000) AS i;
  CREATE INDEX ON orders (customer); CREATE INDEX ON orders (md5(note)); CREATE INDEX ON days (n);
  CREATE VIEW per_customer AS SELECT c.id, c.name, count(*) FROM customers c JOIN orders o ON o.customer = c.id GROUP BY c.id;
  CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n, max(id) AS last FROM orders;
  CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'triggers must not fire'; END $$;
  CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
  CREATE TRIGGER refuse_delete BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
  SELECT lo_from_bytea(i, convert_to(repeat(md5(i::text), 50), 'UTF8')) FROM generate_series(1, 1500) AS i;`;

/** Everything about a database that a copy must get right, as text. */
async function describeDatabase(url: string): Promise<unknown> {
  return runSql(
    url,
    `SELECT 'rows' AS what, string_agg(t, E'\\n' ORDER BY t COLLATE "C") AS value FROM (
       SELECT 'customers ' || count(*) || ' ' || sum(hashtextextended(c::text, 0)) AS t FROM customers c
       UNION ALL SELECT 'orders ' || count(*) || ' ' || sum(hashtextextended(o::text, 0)) FROM orders o
       UNION ALL SELECT 'days ' || count(*) || ' ' || sum(hashtextextended(d::text, 0)) FROM days d
       UNION ALL SELECT 'totals ' || n || ' ' || last FROM totals
       UNION ALL SELECT 'large objects ' || count(*) || ' ' || sum(hashtextextended(oid || encode(lo_get(oid), 'hex'), 0))
         FROM pg_largeobject_metadata) AS rows
     UNION ALL SELECT 'schemas', string_agg(nspname, ' ' ORDER BY nspname COLLATE "C") FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
     UNION ALL SELECT 'indexes', string_agg(indexrelid::regclass || ' ' || indisvalid, ' ' ORDER BY indexrelid::regclass::text COLLATE "C")
       FROM pg_index WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
     UNION ALL SELECT 'constraints', string_agg(conrelid::regclass || ' ' || conname || ' ' || convalidated, ' ' ORDER BY conrelid::regclass::text COLLATE "C", conname COLLATE "C")
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
     UNION ALL SELECT 'triggers', string_agg(tgrelid::regclass || ' ' || tgname, ' ' ORDER BY tgname COLLATE "C") FROM pg_trigger WHERE NOT tgisinternal
     UNION ALL SELECT 'sequences', string_agg(sequencename || ' ' || last_value, ' ' ORDER BY sequencename COLLATE "C") FROM pg_sequences`,
  );
}

/** Starts a run in a process of its own and kills it after a while. Resolves to whether it was killed in the middle. */
async function runAndKill(source: string, target: string, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'run-engine.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ source, target, tuning }));
  child.stdout.resume();
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const waiting = new AbortController();
  const waited = sleep(afterMs, undefined, { signal: waiting.signal }).catch(() => undefined);
  await Promise.race([ended, waited]);
  waiting.abort();
  child.kill('SIGKILL');
  const [code] = await ended;
  return code === null;
}

const KILLS = IS_SOAK ? 100 : 6;

/** A run that was killed after its last write has nothing left to resume. */
async function hasEnded(target: string): Promise<boolean> {
  const name = new URL(target).pathname.slice(1);
  const databases = await runSql(servers.target.url(), 'SELECT 1 FROM pg_database WHERE datname = $1', [
    name,
  ]);
  if (databases.length === 0) return false;
  const [state] = await runSql(
    target,
    `SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'customers')
        AND NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'seren_replicator') AS has_ended`,
  );
  return state?.['has_ended'] === true;
}

describe('a run that was killed', () => {
  it(`ends as one that was not, after ${KILLS} kills at random moments`, async () => {
    const source = await createDatabase(servers.source, SHOP);
    const expected = await describeDatabase(source);
    const startedAt = performance.now();
    const undisturbed = await countSent(toTarget, async () => {
      const target = toTarget.through(unusedDatabaseUrl(servers.target));
      expect(await runAndKill(source, target, 60_000)).toBe(false);
    });
    const durationMs = performance.now() - startedAt;
    const copiedAgain: number[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      const target = unusedDatabaseUrl(servers.target);
      const resumed: boolean[] = [];
      const sent = await countSent(toTarget, async () => {
        const through = toTarget.through(target);
        await runAndKill(source, through, (durationMs * (round + Math.random())) / KILLS);
        if (await hasEnded(target)) return;
        const { failure, result } = await run({ source, target: through, tuning });
        expect(failure).toBeNull();
        resumed.push((result as InitResult).resumed !== undefined);
      });
      if (resumed.includes(true)) copiedAgain.push(sent - undisturbed);
      expect(await describeDatabase(target)).toEqual(expected);
      await runSql(servers.target.url(), `DROP DATABASE ${new URL(target).pathname.slice(1)}`);
    }
    reportCopiedAgain('killed', copiedAgain, undisturbed);
    expect(copiedAgain.length).toBeGreaterThan(0);
    // What was under way on three lanes, never all of it.
    expect(Math.max(...copiedAgain)).toBeLessThan(undisturbed / 2);
  }, 3_600_000);
});

/** Cancels a run as soon as a phase is reached, or after so many of its reports. */
async function interrupt(source: string, target: string, phase: string): Promise<void> {
  const cancelling = new AbortController();
  const interrupted = run({
    source,
    target,
    tuning,
    signal: cancelling.signal,
    onProgress: (progress) => {
      if (progress.phase === phase) cancelling.abort();
    },
  });
  await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
}

describe('a run that is resumed', () => {
  it('does not copy again what the source has not changed', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await interrupt(source, target, 'verify');
    const { result, failure } = await run({ source, target, tuning });
    expect(failure).toBeNull();
    const { resumed, rows, bytes } = result as InitResult;
    expect(resumed?.parts_kept).toBeGreaterThan(10);
    expect(resumed?.parts_changed).toBe(0);
    expect(bytes).toBe(0);
    expect(rows).toBe(100_000);
    expect(await describeDatabase(target)).toEqual(await describeDatabase(source));
  });

  it('copies again just the parts that the source has changed meanwhile', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await interrupt(source, target, 'verify');
    await runSql(
      source,
      `ALTER TABLE orders DISABLE TRIGGER USER; DELETE FROM orders WHERE id = 7; UPDATE orders SET note = 'new' WHERE id = 8;
       INSERT INTO orders (customer, note) VALUES (1, 'added'); ALTER TABLE orders ENABLE TRIGGER USER;
       REFRESH MATERIALIZED VIEW totals; UPDATE days SET n = -n WHERE n = 5`,
    );
    const { result, failure } = await run({ source, target, tuning });
    expect(failure).toBeNull();
    const { resumed } = result as InitResult;
    expect(resumed?.parts_kept).toBeGreaterThan(5);
    expect(resumed?.parts_changed).toBeGreaterThanOrEqual(2);
    expect(await describeDatabase(target)).toEqual(await describeDatabase(source));
  });

  it('takes back rows that somebody else has put on the target', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await interrupt(source, target, 'verify');
    await runSql(target, "INSERT INTO customers (name) VALUES ('stranger')");
    const { failure } = await run({ source, target, tuning });
    expect(failure).toBeNull();
    expect(await describeDatabase(target)).toEqual(await describeDatabase(source));
  });

  it('does not go on with a copy that was asked for differently, and says what differs', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await interrupt(source, target, 'sequences');
    await expect(
      run({ source, target, tuning, filter: { schema_only_tables: ['orders'] } }),
    ).rejects.toMatchObject({
      code: 'resume_differs',
      message: expect.stringContaining('schema-only tables'),
    });
    const other = await createDatabase(servers.source, SHOP);
    await expect(run({ source: other, target, tuning })).rejects.toMatchObject({
      code: 'resume_differs',
      message: expect.stringContaining('source database'),
    });
    await expect(run({ source, target, tuning, options: { resume: false } })).rejects.toMatchObject({
      code: 'target_not_empty',
    });
    const { failure, result } = await run({
      source: other,
      target,
      tuning,
      options: { drop_existing: true },
    });
    expect(failure).toBeNull();
    expect((result as InitResult).resumed).toBeUndefined();
  });

  it('does not go on when the schema of the source has changed', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    await interrupt(source, target, 'sequences');
    await runSql(source, 'ALTER TABLE customers ADD extra int');
    await expect(run({ source, target, tuning })).rejects.toMatchObject({
      code: 'resume_differs',
      message: expect.stringContaining('customers'),
    });
  });

  it('goes on although the source has a schema of the name of ours', async () => {
    const source = await createDatabase(
      servers.source,
      `${SHOP}; CREATE SCHEMA seren_replicator; CREATE TABLE seren_replicator.done (id int)`,
    );
    const target = unusedDatabaseUrl(servers.target);
    await interrupt(source, target, 'sequences');
    const { failure } = await run({ source, target, tuning });
    expect(failure).toBeNull();
    expect(await describeDatabase(target)).toEqual(await describeDatabase(source));
  });
});

describe('a run whose target has no space left', () => {
  it('says so, and goes on from there when there is', async () => {
    const source = await createDatabase(
      servers.source,
      `CREATE FUNCTION fits(n int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
         IF n = 30000 AND current_setting('test.disk', true) = 'full' THEN
           RAISE 'could not extend file' USING ERRCODE = 'disk_full';
         END IF;
         RETURN true;
       END $$;
       CREATE TABLE first (id int PRIMARY KEY, v text);
       CREATE TABLE second (id int PRIMARY KEY CHECK (fits(id)));
       INSERT INTO first SELECT i, repeat(md5(i::text), 9) FROM generate_series(1, 20000) AS i;
       INSERT INTO second SELECT generate_series(1, 40000)`,
    );
    const target = unusedDatabaseUrl(servers.target);
    await runSql(servers.target.url(), "ALTER ROLE postgres SET test.disk = 'full'");
    try {
      await expect(run({ source, target, tuning, options: { jobs: 1 } })).rejects.toMatchObject({
        code: 'disk_full',
        message: expect.stringContaining('free or add disk space'),
      });
    } finally {
      await runSql(servers.target.url(), 'ALTER ROLE postgres RESET test.disk');
    }
    const { failure, result } = await run({ source, target, tuning });
    expect(failure).toBeNull();
    expect((result as InitResult).resumed?.parts_kept).toBeGreaterThan(0);
    expect(await runSql(target, 'SELECT count(*)::int AS n FROM second')).toEqual([{ n: 40_000 }]);
  });
});

describe('two runs at one target', () => {
  it('refuses the second, naming the first, and lets the first end', async () => {
    const source = await createDatabase(servers.source, SHOP);
    const target = unusedDatabaseUrl(servers.target);
    let second: Promise<unknown> | undefined;
    const first = run({
      source,
      target,
      tuning,
      onProgress: ({ phase }) => {
        if (phase === 'copy') second ??= run({ source, target, tuning }).catch((error: unknown) => error);
      },
    });
    expect((await first).failure).toBeNull();
    expect(await second).toMatchObject({
      code: 'target_in_use',
      message: expect.stringMatching(/another run, from .* since \d{4}-/),
    });
  });
});
