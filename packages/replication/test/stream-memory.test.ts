/** What a stream keeps in memory does not grow with what it applies. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Pipeline } from '../src/stream/pipeline.ts';
import { runSql } from './database-pair.ts';
import { createStreamPair, dropSlots, rowsOf, waitUntil, walEnd } from './stream-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(17, 17);
afterEach(dropSlots);

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('a transaction of any size', () => {
  it('is applied within bounded memory, however long the target does not take it', async () => {
    const pair = await createStreamPair(
      servers,
      'CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE u (id int PRIMARY KEY, v text)',
    );
    await runSql(
      pair.source,
      `BEGIN; INSERT INTO t SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 300000) AS i;
       INSERT INTO u SELECT i, 'x' FROM generate_series(1, 20000) AS i; UPDATE u SET v = v || id; DELETE FROM t WHERE id % 3 = 0; COMMIT`,
    );
    const blocker = await connect(pair.target);
    await blocker.query('BEGIN; LOCK TABLE t IN SHARE MODE');
    const child = spawn(process.execPath, [fileURLToPath(new URL('run-stream.ts', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(JSON.stringify({ ...pair, stopAt: await walEnd(pair.source) }));
    const output = text(child.stdout);
    await waitUntil(
      pair.target,
      "SELECT count(*) > 0 AS ok FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
    );
    // Long enough for all of it to be sent, were it taken.
    await sleep(4_000);
    await blocker.end();
    const [last] = (await output).trim().split('\n').slice(-1);
    const { outcome, maxRssMb } = JSON.parse(last ?? '{}') as { outcome: object; maxRssMb: number };
    expect(outcome).toMatchObject({ transactions: 1, rows: 440_000 });
    expect(maxRssMb).toBeLessThan(250);
    const sums = (table: string) => `SELECT count(*), sum(id), min(md5(v)), max(md5(v)) FROM ${table}`;
    const { source, target } = await rowsOf(pair, `${sums('t')} UNION ALL ${sums('u')}`);
    expect(target).toEqual(source);
  });
});

describe('a stream of any length', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const usedBytes = () => {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };

  it('keeps nothing of what the target has answered', async () => {
    const client = await connect(servers.target.url());
    const ignore = () => undefined;
    const pipeline = new Pipeline<null>({ onSync: ignore, onMismatch: ignore, onFailure: ignore });
    client.query(pipeline);
    const ask = async (times: number) => {
      for (let asked = 0; asked < times; asked += 1) {
        pipeline.run('SELECT 1', { rows: 1, context: null });
        await pipeline.answered();
      }
    };
    await ask(1_000);
    const before = usedBytes();
    await ask(5_000);
    expect((usedBytes() - before) / 5_000).toBeLessThan(100);
    await pipeline.finish();
    await client.end();
  });
});
