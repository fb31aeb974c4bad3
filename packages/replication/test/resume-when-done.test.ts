/** Runs that die when much, or all, of their work is done: nobody knows of it yet, and the next run goes on. */
import { expect, test } from '@jest/globals';
import type { InitResult } from '@seren-replicator/job-models';
import type { CommandOutcome } from '../src/engine.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const TABLES = `CREATE TABLE a AS SELECT i FROM generate_series(1, 5000) AS i;
  CREATE TABLE b (id int PRIMARY KEY, a text); INSERT INTO b SELECT i, md5(i::text) FROM generate_series(1, 5000) AS i;`;

const servers = useServerPair(17, 17);

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

async function listSchemas(url: string): Promise<unknown[]> {
  const rows = await runSql(
    url,
    `SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information)' ORDER BY 1`,
  );
  return rows.map(({ nspname }) => nspname);
}

function resultOf({ result }: CommandOutcome): InitResult {
  if (result.command !== 'init') throw new Error(result.command);
  return result;
}

test('one that is done and could not say so keeps its checkpoint, and the next one finds all of it', async () => {
  const source = await createDatabase(servers.source, TABLES);
  const target = unusedDatabaseUrl(servers.target);
  const told: CommandOutcome[] = [];
  const unheard = run({
    source,
    target,
    onDone: (outcome) => {
      told.push(outcome);
      return Promise.reject(new Error('nobody listens'));
    },
  });
  await expect(unheard).rejects.toThrow('nobody listens');
  expect(told).toHaveLength(1);
  expect(await listSchemas(target)).toEqual(['public', 'seren_replicator']);

  const next = resultOf(await run({ source, target, onDone: async (outcome) => void told.push(outcome) }));
  expect(next.resumed).toEqual({ parts_kept: 2, parts_changed: 0 });
  expect(next.verification?.tables.map(({ equal }) => equal)).toEqual([true, true]);
  expect(told.at(-1)?.result).toEqual(next);
  expect(await listSchemas(target)).toEqual(['public']);
});

test('one of several databases goes on after the first of them is done', async () => {
  const sources = [
    await createDatabase(servers.source, TABLES),
    await createDatabase(servers.source, TABLES),
  ];
  const names = sources.map(nameOf).sort();
  const input = {
    source: servers.source.url(),
    target: servers.target.url(),
    filter: { include_databases: names },
  };
  const ending = new AbortController();
  const ended = run({
    ...input,
    signal: ending.signal,
    onProgress: ({ databases_completed, phase }) => {
      if (databases_completed === 1 && phase === 'copy') ending.abort();
    },
  });
  await expect(ended).rejects.toMatchObject({ code: 'cancelled' });

  const next = resultOf(await run(input));
  expect(next.databases).toBe(2);
  expect(next.resumed?.parts_kept).toBeGreaterThanOrEqual(2);
  expect(next.verification?.tables.map(({ equal }) => equal)).toEqual([true, true, true, true]);
  for (const name of names) expect(await listSchemas(servers.target.url(name))).toEqual(['public']);
});

test('one that follows is on the disk of the target when it says so', async () => {
  const source = await createDatabase(servers.source, 'CREATE TABLE t (id int PRIMARY KEY)');
  const target = unusedDatabaseUrl(servers.target);
  // What is not waited for is on no disk for that long.
  await servers.target.restart({ wal_writer_delay: '10s' });
  const { failure } = await run({ source, target, options: { no_sync: false, sync_method: 'subscription' } });
  await servers.target.kill();
  await servers.target.restart();
  expect(failure).toBeNull();
  expect(await runSql(target, 'SELECT subenabled FROM pg_subscription')).toEqual([{ subenabled: true }]);
  expect(await runSql(target, 'SELECT state FROM seren_replicator_sync.run')).toEqual([
    { state: 'following' },
  ]);
  expect((await run({ source, target, command: 'sync', options: { stop: true } })).failure).toBeNull();
});
