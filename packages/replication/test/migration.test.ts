/**
 * Whole migrations while the source is written to at full speed: init, status, cutover, with the worker, the source and
 * the target killed at random moments, in the long version every second time. At the end both sides are equal, row by row.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { CutoverResult, StatusResult, SyncMethod } from '@seren-replicator/job-models';
import type { PostgresMajor } from '@seren-replicator/local-servers';
import pg from 'pg';
import { IS_SOAK } from './copied-again.ts';
import {
  createDatabase,
  run,
  runSql,
  startServerPair,
  unusedDatabaseUrl,
  type ServerPair,
} from './database-pair.ts';
import type { EngineInput } from './run-engine.ts';
import { LOAD_SCHEMA, LOAD_TABLES, startLoad } from './stream-load.ts';

const PAIRS: readonly (readonly [PostgresMajor, PostgresMajor])[] = [
  [15, 18],
  [14, 17],
  [17, 17],
];
const MIGRATIONS = IS_SOAK ? 50 : 2;
const ROWS_AT_ONCE = IS_SOAK ? 100_000 : 10_000;
const TABLES = [...LOAD_TABLES, 'documents', 'bulk'];

/** Values that are stored apart and stay as they are, and transactions that are larger than any buffer. */
const SCHEMA = `${LOAD_SCHEMA}
  CREATE TABLE documents (id int PRIMARY KEY, n int NOT NULL, body text);
  ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
  INSERT INTO documents SELECT i, 0, repeat(md5(i::text), 30000) FROM generate_series(1, 5) AS i;
  CREATE TABLE bulk (id bigserial PRIMARY KEY, v text);
  CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n, sum(balance) AS money FROM accounts`;
const AT_ONCE = [
  `BEGIN; INSERT INTO bulk (v) SELECT md5(i::text) FROM generate_series(1, ${ROWS_AT_ONCE}) AS i;
   SAVEPOINT a; UPDATE bulk SET v = 'undone'; ROLLBACK TO a; UPDATE bulk SET v = 'even' WHERE id % 2 = 0; COMMIT`,
  'UPDATE documents SET n = n + 1; UPDATE documents SET body = repeat(md5(random()::text), 30000) WHERE id = 1',
  'BEGIN; DELETE FROM bulk WHERE id % 3 = 0; UPDATE documents SET id = -id; ROLLBACK',
  'UPDATE documents SET id = id + 100, n = n + 1',
];

const started = new Map<string, ServerPair>();
afterAll(() => Promise.all([...started.values()].map((servers) => servers.stop())));

async function serversOf([source, target]: readonly [PostgresMajor, PostgresMajor]): Promise<ServerPair> {
  const name = `${source} ${target}`;
  const servers = started.get(name) ?? (await startServerPair(source, target));
  started.set(name, servers);
  return servers;
}

interface Migration {
  servers: ServerPair;
  source: string;
  target: string;
  method: SyncMethod;
}

const WORKER_DEADLINE_MS = 100_000;

/** A worker that is started again until its work has ended, as the service does. */
function keepWorking(input: EngineInput): { kill: () => void; ended: Promise<void> } {
  const start = () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('run-engine.ts', import.meta.url))], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    child.stdin.end(JSON.stringify(input));
    return child;
  };
  let child = start();
  const work = async () => {
    for (const deadline = performance.now() + WORKER_DEADLINE_MS; ;) {
      let said = '';
      child.stderr.on('data', (data: Buffer) => (said += data.toString()));
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code === 0) return;
      if (performance.now() > deadline) throw new Error(`the worker does not come to an end: ${said}`);
      await sleep(200);
      child = start();
    }
  };
  return { kill: () => child.kill('SIGKILL'), ended: work() };
}

async function isFollowing({ target }: Migration): Promise<boolean> {
  return (
    (await runSql(target, 'SELECT state FROM seren_replicator_sync.run').catch(() => []))[0]?.['state'] ===
    'following'
  );
}

async function until(isSo: () => Promise<boolean>, deadlineMs = 60_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it did not come to be');
    await sleep(50);
  }
}

const FAULTS_AT_A_TIME = 3;

/** Strikes the worker and both servers at random moments. */
async function strike({ servers }: Migration, kill: () => void): Promise<void> {
  const faults = [
    async () => kill(),
    async () => {
      await servers.source.kill();
      await servers.source.restart();
    },
    async () => {
      await servers.target.kill();
      await servers.target.restart();
    },
  ];
  for (let count = 0; count < FAULTS_AT_A_TIME; count += 1) {
    await sleep(Math.random() * 2_500);
    await faults[Math.floor(Math.random() * faults.length)]?.();
  }
}

/** What a client of the source meets: resolves to when it was refused, for good. */
async function writeUntilRefused(source: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    signal.throwIfAborted();
    const client = new pg.Client({ connectionString: source });
    client.on('error', () => undefined);
    try {
      await client.connect();
      while (!signal.aborted) await client.query("INSERT INTO bulk (v) VALUES ('a client')");
    } catch (error) {
      if ((error as { code?: string }).code === '25006') return performance.now();
      await sleep(5);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function statusOf({ source, target }: Migration): Promise<StatusResult> {
  return (await run({ command: 'status', source, target })).result as StatusResult;
}

async function untilStatusFollows(migration: Migration): Promise<void> {
  let last: StatusResult | undefined;
  await until(async () => {
    last = await statusOf(migration);
    return last.databases[0]?.state === 'following';
  }).catch((error: unknown) => {
    throw new Error(`status stays at ${JSON.stringify(last)}`, { cause: error });
  });
}

/** @returns how long a client could not write, in milliseconds */
async function cutOver(migration: Migration): Promise<number> {
  const { source, target } = migration;
  const giveUp = new AbortController();
  const refused = writeUntilRefused(source, giveUp.signal);
  refused.catch(() => undefined);
  const { result, failure } = await run({
    command: 'cutover',
    source,
    target,
    options: { lock_source: true },
  });
  const doneAt = performance.now();
  if (failure !== null) giveUp.abort();
  expect(failure).toBeNull();
  expect((result as CutoverResult).verification?.tables).toHaveLength(TABLES.length);
  await runSql(target, "INSERT INTO bulk (v) VALUES ('a client')");
  await runSql(target, 'DELETE FROM bulk WHERE id = (SELECT max(id) FROM bulk)');
  return doneAt - (await refused);
}

async function expectEqual({ source, target }: Migration): Promise<void> {
  for (const table of TABLES) {
    const digest = `SELECT count(*), sum(hashtextextended(t::text, 0)) FROM ${table} AS t`;
    expect([table, await runSql(target, digest)]).toEqual([table, await runSql(source, digest)]);
  }
  const totals = 'SELECT count(*) AS n, sum(balance) AS money FROM accounts';
  expect(await runSql(target, 'TABLE totals')).toEqual(await runSql(source, totals));
}

/** @returns how long a client could not write, in milliseconds */
async function migrate(migration: Migration, areFaultsWanted: boolean): Promise<number> {
  const { source, target, method } = migration;
  const load = startLoad(source);
  const worker = keepWorking({ source, target, options: { no_sync: false, sync_method: method } });
  try {
    if (areFaultsWanted) await strike(migration, worker.kill);
    await until(() => isFollowing(migration));
    const striking = areFaultsWanted ? strike(migration, worker.kill) : Promise.resolve();
    for (const sql of AT_ONCE) await until(() => succeeds(runSql(source, sql)));
    await striking;
    if (method === 'subscription') await worker.ended;
    await untilStatusFollows(migration);
    return await cutOver(migration);
  } finally {
    await load.stop();
    await worker.ended;
  }
}

async function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

describe('a migration of a source that is written to at full speed', () => {
  const pauses: number[] = [];
  for (let index = 0; index < MIGRATIONS; index += 1) {
    const versions = PAIRS[IS_SOAK ? index % PAIRS.length : 0] ?? [15, 18];
    const method: SyncMethod = index % 2 === 0 ? 'subscription' : 'stream';
    const areFaultsWanted = !IS_SOAK || index % 4 >= 2;
    const how = areFaultsWanted ? 'with worker and servers killed' : 'undisturbed';
    it(`${index + 1}: from ${versions[0]} to ${versions[1]} by ${method}, ${how}, loses nothing`, async () => {
      const servers = await serversOf(versions);
      const source = await createDatabase(servers.source, SCHEMA);
      const migration = { servers, source, target: unusedDatabaseUrl(servers.target), method };
      pauses.push(await migrate(migration, areFaultsWanted));
      await expectEqual(migration);
    }, 180_000);
  }

  it('says how long its clients had to wait', () => {
    const sorted = [...pauses].sort((a, b) => a - b);
    process.stdout.write(
      `pause at cutover, ${sorted.length} migrations: median ${Math.round(sorted[sorted.length >> 1] ?? NaN)} ms, ` +
        `at most ${Math.round(sorted.at(-1) ?? NaN)} ms\n`,
    );
    expect(sorted).toHaveLength(MIGRATIONS);
  });
});
