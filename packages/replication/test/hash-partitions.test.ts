/**
 * Partitions chosen by the hash of a value whose hash is another one on every server: an enum's is that of the oid of
 * its label, which the target gives out anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { InitResult, StatusResult, VerifyResult } from '@seren-replicator/job-models';
import { countParts } from './count-parts.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl, type RunInput } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 18, { max_logical_replication_workers: 4 });

/** So many labels that they cannot all happen to stay where they are. */
const LABELS = Array.from({ length: 40 }, (_, index) => `'label ${index}'`).join(', ');
const label = (i: string) => `(ARRAY[${LABELS}])[1 + ${i} % 40]::label`;

/** "through" is hashed two levels below the table on top, by an array among others. */
const DATABASE = `
  CREATE TYPE label AS ENUM (${LABELS});
  CREATE TABLE bare (of label) PARTITION BY HASH (of);
  CREATE TABLE hashed (id int, of label, pad text, PRIMARY KEY (id, of)) PARTITION BY HASH (of);
  CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE hashed_1 (pad text, id int NOT NULL, gone int, of label NOT NULL); ALTER TABLE hashed_1 DROP gone;
  ALTER TABLE hashed_1 ADD CHECK (true); CREATE INDEX ON hashed (pad); CREATE INDEX ON hashed_0 (id);
  CREATE TABLE through (k int, of label[]) PARTITION BY LIST (k);
  CREATE TABLE through_1 PARTITION OF through FOR VALUES IN (1) PARTITION BY HASH (of);
  CREATE TABLE through_1_0 PARTITION OF through_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE through_1_1 PARTITION OF through_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  CREATE TABLE through_rest PARTITION OF through DEFAULT;
  CREATE TABLE plain (id int PRIMARY KEY) PARTITION BY HASH (id);
  CREATE TABLE plain_0 PARTITION OF plain FOR VALUES WITH (MODULUS 2, REMAINDER 0);
  CREATE TABLE plain_1 PARTITION OF plain FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO plain SELECT generate_series(1, 10);
  INSERT INTO through SELECT i % 3, ARRAY[${label('i')}, ${label('(i / 2)')}] FROM generate_series(1, 300) AS i;`;

/** Enough for several lanes, which take 8 MB each. */
const MANY_ROWS = 16_000;
const attached = (rows: number) => `
  ALTER TABLE hashed ATTACH PARTITION hashed_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
  INSERT INTO hashed SELECT i, ${label('i')}, repeat('x', 1900) FROM generate_series(1, ${rows}) AS i;`;

async function createSource(rows = 1000): Promise<string> {
  const source = await createDatabase(servers.source, DATABASE);
  await runSql(source, attached(rows));
  return source;
}

async function copyOf(input: Partial<RunInput> = {}, rows = 1000) {
  const source = await createSource(rows);
  const target = unusedDatabaseUrl(servers.target);
  const { result, failure } = await run({ source, target, ...input });
  return { source, target, result: result as InitResult, failure };
}

const digest = (table: string) =>
  `SELECT count(*)::int AS n, md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) AS digest FROM ${table} AS t`;

/** Where the rows of "hashed" are, by label. */
const PLACES = 'SELECT DISTINCT of::text, tableoid::regclass::text AS place FROM hashed ORDER BY 1';

async function expectSameRows(source: string, target: string): Promise<void> {
  for (const table of ['hashed', 'through', 'plain', 'plain_0']) {
    expect(await runSql(target, digest(table))).toEqual(await runSql(source, digest(table)));
  }
}

async function until(condition: () => Promise<boolean>, deadlineMs = 20_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true');
    await sleep(50);
  }
}

describe('rows that a hash of an enum has spread over partitions', () => {
  it('arrive in whichever partition the target has for them, and count as equal', async () => {
    const { source, target, result, failure } = await copyOf();
    expect(failure).toBeNull();
    await expectSameRows(source, target);
    expect(await runSql(target, PLACES)).not.toEqual(await runSql(source, PLACES));
    const tables = result.verification?.tables.map(({ table, equal, source_rows }) => [
      table,
      equal,
      source_rows,
    ]);
    expect(tables?.sort()).toEqual([
      ['public.hashed', true, 1000],
      ['public.plain_0', true, expect.any(Number)],
      ['public.plain_1', true, expect.any(Number)],
      ['public.through', true, 300],
    ]);
    expect(result.rows).toBe(1310);
    const statistics = `SELECT DISTINCT tablename::text AS t FROM pg_stats WHERE tablename ~ '^(hashed|through)' ORDER BY 1`;
    expect(await runSql(target, statistics)).toEqual(
      await runSql(
        target,
        statistics.replace(
          'pg_stats',
          `(SELECT relname AS tablename FROM pg_class WHERE relkind IN ('r', 'p')) AS s`,
        ),
      ),
    );
  });

  it('arrive in parts', async () => {
    const input = { options: { jobs: 3 }, tuning: { minPartBytes: 8192 } };
    const { source, target, failure } = await copyOf(input, MANY_ROWS);
    expect(failure).toBeNull();
    expect(await countParts(target, 'hashed')).toBeGreaterThan(3);
    await expectSameRows(source, target);
  });

  it('are kept by a run that goes on with an interrupted one, but for what has changed meanwhile', async () => {
    const source = await createSource(MANY_ROWS);
    const target = unusedDatabaseUrl(servers.target);
    const cancelling = new AbortController();
    const input = { source, target, options: { jobs: 3 }, tuning: { minPartBytes: 8192 } };
    const cancelled = run({
      ...input,
      signal: cancelling.signal,
      onProgress: ({ bytes_copied }) => {
        if (bytes_copied > 10_000_000) cancelling.abort();
      },
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    const [kept] = await runSql(target, 'SELECT count(*)::int AS n FROM hashed');
    expect(kept?.['n']).toBeGreaterThan(0);
    await runSql(
      source,
      `UPDATE hashed SET pad = 'changed' WHERE id % 5000 = 7; DELETE FROM hashed WHERE id = 9`,
    );
    const { failure, result } = await run(input);
    expect(failure).toBeNull();
    expect((result as InitResult).verification?.tables.every(({ equal }) => equal)).toBe(true);
    await expectSameRows(source, target);
  });

  it('are compared as one table', async () => {
    const { source, target } = await copyOf();
    await runSql(target, `UPDATE hashed SET pad = 'changed' WHERE id = 7`);
    const { result } = await run({ command: 'verify', source, target });
    const differing = (result as VerifyResult).verification.tables.filter(({ equal }) => !equal);
    expect(differing).toMatchObject([
      { table: 'public.hashed', difference: 'the same number of rows, but different contents' },
    ]);
  });

  it('are filtered by the table on top, and by no partition alone', async () => {
    const { target, result, failure } = await copyOf({
      filter: { table_filters: [{ table: 'hashed', where: 'id <= 100' }], exclude_tables: ['through'] },
    });
    expect(failure).toBeNull();
    expect(result.rows).toBe(110);
    expect(await runSql(target, 'SELECT count(*)::int AS n FROM hashed')).toEqual([{ n: 100 }]);
    await expect(copyOf({ filter: { exclude_tables: ['hashed_1'] } })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('name public.hashed in the filter'),
    });
  });
});

describe('changes of rows that a hash of an enum has spread over partitions', () => {
  it.each(['subscription', 'stream'] as const)(
    'arrive by %s, whichever partition they are for',
    async (sync_method) => {
      const source = await createSource();
      const target = unusedDatabaseUrl(servers.target);
      const leaving = new AbortController();
      let phase = '';
      const following = run({
        source,
        target,
        options: { no_sync: false, sync_method, no_key_tables: 'full' },
        signal: leaving.signal,
        onProgress: (progress) => ({ phase } = progress),
      }).catch(() => undefined);
      // The job of a subscription ends when it follows, that of a stream goes on.
      await until(async () => phase === (sync_method === 'stream' ? 'sync' : 'done'));
      await runSql(
        source,
        `UPDATE hashed SET of = ${label('(id + 1)')}, pad = 'changed' WHERE id % 100 = 1; DELETE FROM hashed WHERE id % 100 = 2;
       INSERT INTO hashed SELECT i, ${label('i')}, 'new' FROM generate_series(20001, 20100) AS i;
       UPDATE through SET of = of || ${label('k')} WHERE k = 1; DELETE FROM through WHERE k = 2; INSERT INTO plain VALUES (11)`,
      );
      await until(async () => (await runSql(target, 'SELECT FROM plain WHERE id = 11')).length === 1);
      await expectSameRows(source, target);
      const { result: status } = await run({ command: 'status', source, target });
      const [database] = (status as StatusResult).databases;
      expect(database).toMatchObject({ attention: [], drift: [] });
      expect(database?.tables.map(({ table }) => table).sort()).toEqual(
        ['hashed', 'plain_0', 'plain_1', 'through'].map((table) => `public.${table}`),
      );
      leaving.abort();
      await following;
      await run({ command: 'sync', source, target, options: { stop: true } });
      const identities = `SELECT relname::text FROM pg_class WHERE relreplident = 'f'`;
      expect([await runSql(source, identities), await runSql(target, identities)]).toEqual([[], []]);
    },
    60_000,
  );
});
