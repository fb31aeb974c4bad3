import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { IS_SOAK } from './copied-again.ts';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';
import { useServerPair } from './use-server-pair.ts';

const servers = useServerPair(15, 17);

const DATA = `
  CREATE TABLE a (id int PRIMARY KEY, v text);
  CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, v text);
  INSERT INTO a SELECT i, repeat(md5(i::text), 5) FROM generate_series(1, 40000) AS i;
  INSERT INTO b SELECT i, i, repeat(md5(i::text), 5) FROM generate_series(1, 40000) AS i;
  CREATE INDEX ON b (v); CREATE INDEX ON b (md5(v));
  CREATE MATERIALIZED VIEW m AS SELECT a, count(*) FROM b GROUP BY a;
  SELECT lo_from_bytea(i, convert_to(repeat(md5(i::text), 100), 'UTF8')) FROM generate_series(1, 2000) AS i`;
const tuning = { minPartBytes: 512 * 1024, minDividedBytes: 0 };
const MOMENTS = IS_SOAK ? 100 : 10;

/** What a run could have left open on a server. */
async function leftOn(url: string): Promise<Record<string, unknown>[]> {
  return runSql(
    url,
    `SELECT 'session' AS what, state || ': ' || query AS which FROM pg_stat_activity WHERE application_name = 'seren-replicator'
     UNION ALL SELECT 'prepared transaction', gid FROM pg_prepared_xacts
     UNION ALL SELECT 'slot', slot_name FROM pg_replication_slots
     UNION ALL SELECT 'lock', l.locktype || ' ' || l.mode
               FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
               WHERE a.backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  );
}

/** Resolves to how long the run took, and to whether it was cancelled: it may have ended before. */
async function cancelAfter(
  source: string,
  target: string,
  afterMs: number,
): Promise<{ wasCancelled: boolean; runMs: number }> {
  const startedAt = performance.now();
  const cancelling = new AbortController();
  const running = run({ source, target, tuning, signal: cancelling.signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  await Promise.race(afterMs === Infinity ? [running] : [running, sleep(afterMs)]);
  cancelling.abort();
  const error = await running;
  if (error !== undefined) expect(error).toMatchObject({ code: 'cancelled' });
  return { wasCancelled: error !== undefined, runMs: performance.now() - startedAt };
}

async function dropTarget(target: string): Promise<void> {
  await runSql(servers.target.url(), `DROP DATABASE IF EXISTS ${new URL(target).pathname.slice(1)}`);
}

describe('a run that is cancelled', () => {
  it(
    `leaves no session, lock, snapshot or slot, at any of ${MOMENTS} moments`,
    async () => {
      const source = await createDatabase(servers.source, DATA);
      const target = unusedDatabaseUrl(servers.target);
      let { runMs: durationMs } = await cancelAfter(source, target, Infinity);
      let cancelled = 0;
      while (cancelled < MOMENTS) {
        await dropTarget(target);
        const afterMs = (durationMs * (cancelled + Math.random())) / MOMENTS;
        const { wasCancelled, runMs } = await cancelAfter(source, target, afterMs);
        // Runs get faster as servers warm up: one that was done before its moment says when later ones must come.
        if (wasCancelled) cancelled += 1;
        else durationMs = Math.min(durationMs, runMs);
        for (const server of [servers.source, servers.target]) expect(await leftOn(server.url())).toEqual([]);
      }
    },
    IS_SOAK ? 3_600_000 : 120_000,
  );
});
