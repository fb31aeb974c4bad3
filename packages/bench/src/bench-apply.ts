/**
 * How fast a target that follows catches up: by the stream of this tool, and by PostgreSQL's own subscription. Both meet
 * the same changes, written while nobody applied them, in turn and over fresh databases.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncMethod } from '@seren-replicator/job-models';
import type { ApplyLoad } from './apply-loads.ts';
import { execute, query } from './execute.ts';
import { endFollowing, followers, type DatabasePair, type Follower } from './followers.ts';
import { median } from './measure.ts';
import type { Servers } from './run-bench.ts';

export interface ApplyReport {
  load: string;
  rows: number;
  methods: { method: SyncMethod; seconds: number }[];
}

export interface ApplyInput {
  servers: Servers;
  load: ApplyLoad;
  scale: number;
  rounds: number;
  say: (text: string) => void;
}

const POLL_MS = 20;

export async function benchApply(input: ApplyInput): Promise<ApplyReport> {
  const { load, scale, rounds, say } = input;
  const figures = new Map<SyncMethod, number[]>(followers.map(({ method }) => [method, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const follower of followers) {
      const measured = await measureCatchUp(input, follower);
      figures.get(follower.method)?.push(measured);
      say(`${load.name}: round ${round} of ${rounds}, ${follower.method}: ${measured.toFixed(2)} s`);
    }
  }
  return {
    load: load.name,
    rows: load.rows(scale),
    methods: [...figures].map(([method, seconds]) => ({ method, seconds: median(seconds) })),
  };
}

async function measureCatchUp(
  { servers, load, scale }: ApplyInput,
  { begin, follow }: Follower,
): Promise<number> {
  const database = `bench_${randomBytes(4).toString('hex')}`;
  const pair: DatabasePair = { source: servers.source.url(database), target: servers.target.url(database) };
  await execute(servers.source.url(), [`CREATE DATABASE ${database}`]);
  await execute(pair.source, [load.schema]);
  await begin(pair);
  await execute(pair.source, [...load.write(scale), 'CHECKPOINT']);
  const startedAt = performance.now();
  const pause = await follow(pair);
  await untilCaughtUp(pair);
  const seconds = (performance.now() - startedAt) / 1000;
  await pause();
  await endFollowing(pair);
  for (const server of [servers.source, servers.target])
    await execute(server.url(), [`DROP DATABASE ${database}`]);
  return seconds;
}

async function untilCaughtUp({ source }: DatabasePair): Promise<void> {
  const [end] = await query(source, 'SELECT pg_current_wal_flush_lsn()::text AS lsn');
  const behind = `SELECT FROM pg_replication_slots
                  WHERE database = current_database() AND confirmed_flush_lsn < $1::pg_lsn`;
  while ((await query(source, behind, [end?.['lsn']])).length > 0) await sleep(POLL_MS);
}
