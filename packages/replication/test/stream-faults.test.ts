/** Nothing is lost and nothing is applied twice, whatever breaks while the source is written to at full speed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { IS_SOAK } from './copied-again.ts';
import { runSql } from './database-pair.ts';
import { LOAD_SCHEMA, LOAD_TABLES, startLoad } from './stream-load.ts';
import {
  catchUp,
  createStreamPair,
  dropSlots,
  follow,
  followInBackground,
  rowsOf,
  untilApplied,
  waitUntil,
  walEnd,
  type StreamPair,
} from './stream-pair.ts';
import { startTcpProxy } from './tcp-proxy.ts';
import { useServerPair } from './use-server-pair.ts';

const ROUNDS = IS_SOAK ? 40 : 4;
if (IS_SOAK) jest.setTimeout(3_600_000);

const servers = useServerPair(14, 17);
afterEach(dropSlots);

async function expectSameTables(pair: StreamPair): Promise<void> {
  for (const table of LOAD_TABLES) {
    const { source, target } = await rowsOf(pair, `SELECT * FROM ${table}`);
    expect(target).toEqual(source);
  }
}

function startFollower(pair: StreamPair): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('run-stream.ts', import.meta.url))], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(JSON.stringify(pair));
  return child;
}

const appliedBeyond = (lsn: string) => `SELECT applied > '${lsn}' AS ok FROM seren_replicator_sync.progress`;

/** Follows under load while `fault` strikes now and then, always when something was applied since the last time. */
async function followThrough(pair: StreamPair, fault: () => Promise<unknown>, through = pair): Promise<void> {
  const load = startLoad(pair.source);
  const ending = new AbortController();
  const following = follow(through, { signal: ending.signal, tuning: { silenceCheckMs: 500 } });
  following.catch(() => undefined);
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      await Promise.race([waitUntil(pair.target, appliedBeyond(await walEnd(pair.source))), following]);
      await sleep(Math.random() * 300);
      await fault();
    }
    await Promise.race([waitUntil(pair.target, appliedBeyond(await walEnd(pair.source))), following]);
  } finally {
    await load.stop();
    ending.abort();
    await following.catch(() => undefined);
  }
  expect(load.transactions).toBeGreaterThan(20);
  await catchUp(pair);
  await expectSameTables(pair);
}

const TABLE = 'CREATE TABLE t (id int PRIMARY KEY, v text)';

describe('a stream goes on, with every change applied once', () => {
  it('when the process that applies is killed', async () => {
    const pair = await createStreamPair(servers, LOAD_SCHEMA);
    const load = startLoad(pair.source);
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = startFollower(pair);
      await waitUntil(pair.target, appliedBeyond(await walEnd(pair.source)));
      await sleep(Math.random() * 300);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await load.stop();
    await catchUp(pair);
    await expectSameTables(pair);
  });

  it('when its sessions are ended on the servers, at any moment', async () => {
    const pair = await createStreamPair(servers, LOAD_SCHEMA);
    const end = (url: string) =>
      runSql(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'seren-replicator' AND random() < 0.6`,
      );
    await followThrough(pair, async () => {
      await Promise.all([end(pair.source), end(pair.target)]);
    });
  });

  it('when the target crashes', async () => {
    const pair = await createStreamPair(servers, LOAD_SCHEMA);
    await followThrough(pair, async () => {
      await servers.target.kill();
      await servers.target.restart();
    });
  });

  it('when the source crashes', async () => {
    const pair = await createStreamPair(servers, LOAD_SCHEMA);
    await followThrough(pair, async () => {
      await servers.source.kill();
      await servers.source.restart();
    });
  });

  it('when the network is cut or swallows everything, on either side', async () => {
    const [toSource, toTarget] = await Promise.all([
      startTcpProxy(servers.source.port),
      startTcpProxy(servers.target.port),
    ]);
    const pair = await createStreamPair(servers, LOAD_SCHEMA);
    const through = { ...pair, source: toSource.through(pair.source), target: toTarget.through(pair.target) };
    const faults = [
      () => toSource.cut(),
      () => toTarget.stall(),
      () => toTarget.cut(),
      () => toSource.stall(),
    ];
    let next = 0;
    try {
      await followThrough(
        pair,
        async () => {
          faults[next % faults.length]?.();
          next += 1;
        },
        through,
      );
    } finally {
      await Promise.all([toSource.stop(), toTarget.stop()]);
    }
  });
});

describe('a stream goes on', () => {
  it.each(['25006', '55006'])('when a server refuses for a while (SQLSTATE %s)', async (code) => {
    const pair = await createStreamPair(servers, TABLE);
    await runSql(
      pair.target,
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '${code}'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON t EXECUTE FUNCTION refuse(); ALTER TABLE t ENABLE ALWAYS TRIGGER refuse`,
    );
    const logged: string[] = [];
    const { done, controller } = followInBackground(pair, { onLog: (message) => logged.push(message) });
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await Promise.race([done, sleep(1_000)]);
    await runSql(pair.target, 'DROP TRIGGER refuse ON t');
    await untilApplied(pair);
    expect(logged).toContain('following interrupted; going on');
    controller.abort();
    await done.catch(() => undefined);
  });

  it('as soon as at first when it is cut off after it has followed for a while', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const delays: unknown[] = [];
    const { done, controller } = followInBackground(pair, { onLog: (_, { delay }) => delays.push(delay) });
    for (let cuts = 1; cuts <= 3; cuts += 1) {
      await sleep(1_500);
      await runSql(
        pair.source,
        'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active',
      );
      while (delays.length < cuts) await sleep(20);
    }
    controller.abort();
    await done.catch(() => undefined);
    expect(delays).toEqual([0.1, 0.1, 0.1]);
  });
});

describe('a stream whose source is silent', () => {
  it('is begun again where the source has not begun to send', async () => {
    const proxy = await startTcpProxy(servers.source.port);
    const pair = await createStreamPair(servers, TABLE);
    try {
      const logged: string[] = [];
      proxy.stallAt('START_REPLICATION');
      const { done, controller } = followInBackground(
        { ...pair, source: proxy.through(pair.source) },
        { tuning: { silenceCheckMs: 300 }, onLog: (message) => logged.push(message) },
      );
      await runSql(pair.source, 'INSERT INTO t VALUES (1)');
      await untilApplied(pair);
      expect(logged).toContain('following interrupted; going on');
      controller.abort();
      await done.catch(() => undefined);
    } finally {
      await proxy.stop();
    }
  });
});

describe('a connection that has gone silent', () => {
  it('is given up although the others live: the one to the slot', async () => {
    const pair = await createStreamPair(servers, TABLE);
    const logged: string[] = [];
    const { done, controller } = followInBackground(pair, {
      tuning: { silenceCheckMs: 300 },
      onLog: (message) => logged.push(message),
    });
    await untilApplied(pair);
    const [slot] = await runSql(
      pair.source,
      'SELECT active_pid AS pid FROM pg_replication_slots WHERE slot_name = $1',
      [pair.name],
    );
    process.kill(Number(slot?.['pid']), 'SIGSTOP');
    try {
      while (logged.length === 0) await sleep(50);
    } finally {
      process.kill(Number(slot?.['pid']), 'SIGCONT');
    }
    await runSql(pair.source, 'INSERT INTO t VALUES (1)');
    await untilApplied(pair);
    controller.abort();
    await done.catch(() => undefined);
    expect(await runSql(pair.target, 'SELECT id FROM t')).toEqual([{ id: 1 }]);
  });
});
