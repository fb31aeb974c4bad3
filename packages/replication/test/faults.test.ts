import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { JobProgress } from '@seren-replicator/job-models';
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
let toSource: TcpProxy;
let toTarget: TcpProxy;

beforeAll(async () => {
  servers = await startServerPair(17, 18);
  [toSource, toTarget] = await Promise.all([
    startTcpProxy(servers.source.port),
    startTcpProxy(servers.target.port),
  ]);
});
afterAll(async () => {
  await Promise.all([toSource.stop(), toTarget.stop()]);
  await servers.stop();
});

const DATA = `
  CREATE TABLE a (id int PRIMARY KEY, v text);
  CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, v text);
  INSERT INTO a SELECT i, repeat(md5(i::text), 5) FROM generate_series(1, 40000) AS i;
  INSERT INTO b SELECT i, i, repeat(md5(i::text), 5) FROM generate_series(1, 40000) AS i;
  CREATE INDEX ON b (v);
  SELECT lo_from_bytea(i, convert_to(repeat(md5(i::text), 100), 'UTF8')) FROM generate_series(1, 3000) AS i`;

const tuning = { minPartBytes: 512 * 1024, minDividedBytes: 0, silenceCheckMs: 500 };

const ROUNDS = IS_SOAK ? 12 : 1;
if (IS_SOAK) jest.setTimeout(3_600_000);

/** Runs copies through the proxies and does something to each once, when its rows are on their way. */
async function runThrough(name: string, fault: (progress: JobProgress) => void): Promise<void> {
  const source = await createDatabase(servers.source, DATA);
  const undisturbed = IS_SOAK ? await countSent(toTarget, () => runOnce(source, 1, () => undefined)) : 0;
  const copiedAgain: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const share = round === 0 ? 0 : Math.random();
    copiedAgain.push((await countSent(toTarget, () => runOnce(source, share, fault))) - undisturbed);
  }
  reportCopiedAgain(name, copiedAgain, undisturbed);
}

/** @param share of its bytes that are copied when the fault comes */
async function runOnce(source: string, share: number, fault: (progress: JobProgress) => void): Promise<void> {
  const target = unusedDatabaseUrl(servers.target);
  let isDone = false;
  const { failure } = await run({
    source: toSource.through(source),
    target: toTarget.through(target),
    tuning,
    onProgress: (progress) => {
      const { phase, bytes_copied, bytes_total } = progress;
      if (isDone || phase !== 'copy' || bytes_copied === 0 || bytes_copied < share * bytes_total) return;
      isDone = true;
      fault(progress);
    },
  });
  if (share === 0) expect(isDone).toBe(true);
  expect(failure).toBeNull();
  const rows = `SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b,
                       (SELECT count(*) FROM pg_largeobject_metadata) AS o`;
  expect(await runSql(target, rows)).toEqual([{ a: '40000', b: '40000', o: '3000' }]);
  await runSql(servers.target.url(), `DROP DATABASE ${new URL(target).pathname.slice(1)}`);
}

describe('a copy goes on', () => {
  it('when every connection to the source is cut', async () => {
    await runThrough('source cut', () => toSource.cut());
  });

  it('when every connection to the target is cut', async () => {
    await runThrough('target cut', () => toTarget.cut());
  });

  it('when every connection goes silent without being closed', async () => {
    await runThrough('silence', () => {
      toSource.stall();
      toTarget.stall();
    });
  });

  it('when every connection goes silent while only the one that holds the snapshot is in use', async () => {
    const source = await createDatabase(servers.source, DATA);
    const target = toTarget.through(unusedDatabaseUrl(servers.target));
    let isDone = false;
    const { failure } = await run({
      source: toSource.through(source),
      target,
      tuning,
      onProgress: ({ phase }) => {
        if (isDone || phase !== 'sequences') return;
        isDone = true;
        toSource.stall();
        toTarget.stall();
      },
    });
    expect(isDone).toBe(true);
    expect(failure).toBeNull();
  });

  it('when the answers to its commits are lost', async () => {
    await runThrough('answers lost', () => {
      // The oldest connection holds the target: without it the whole copy would be begun again from its checkpoint.
      setTimeout(toTarget.loseAnswers(), 500);
    });
  });

  it('when the servers cannot be reached for a while', async () => {
    await runThrough('refused for 3 s', () => {
      for (const proxy of [toSource, toTarget]) {
        proxy.refuse(true);
        proxy.cut();
        setTimeout(() => proxy.refuse(false), 3_000);
      }
    });
  });

  it.each(['source', 'target'] as const)('when the %s crashes and comes back', async (side) => {
    await runThrough(`${side} crashed`, () => {
      void servers[side].kill().then(() => servers[side].restart());
    });
  });

  it('when its snapshot is lost while a connection is being replaced', async () => {
    await runThrough('snapshot lost', () => {
      const end = (oldest: 'ASC' | 'DESC') =>
        runSql(
          servers.source.url(),
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE application_name = 'seren-replicator' ORDER BY backend_start ${oldest} LIMIT 1`,
        );
      // The session that holds the snapshot is the first that was opened.
      void end('DESC').then(() => setTimeout(() => void end('ASC'), 100));
    });
  });

  it('when an administrator ends its sessions one after the other', async () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    try {
      await runThrough('sessions ended', () => {
        let round = 0;
        timer = setInterval(() => {
          round += 1;
          if (round > 5) clearInterval(timer);
          const server = round % 2 === 0 ? servers.source : servers.target;
          void runSql(
            server.url(),
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE application_name = 'seren-replicator' ORDER BY random() LIMIT 1`,
          );
        }, 150);
      });
    } finally {
      clearInterval(timer);
    }
  });
});
