/** Pairs of databases of which one follows the other by the stream, begun without a copy: both hold the same rows. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionUrl, type SyncProgress } from '@seren-replicator/job-models';
import { withServers } from '../src/session/with-servers.ts';
import { followStream, type Followed } from '../src/stream/follow-stream.ts';
import { createSlot } from '../src/sync/create-slot.ts';
import { createSyncRecord, findSyncRecord, noteSlot } from '../src/sync/store-sync-record.ts';
import { followAll, type FollowedDatabase } from '../src/sync/follow-all.ts';
import { ProgressTracker } from '../src/progress/progress-tracker.ts';
import { newSyncName } from '../src/sync/sync-names.ts';
import { DEFAULT_TUNING, type Tuning } from '../src/tuning.ts';
import { createDatabase, runSql, type BothServers } from './database-pair.ts';

export interface StreamPair {
  source: string;
  target: string;
  /** Of slot and publication. */
  name: string;
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/** @param sql run on both before the slot is made; `onTarget` after that, on the target */
export async function createStreamPair(
  servers: BothServers,
  sql: string,
  onTarget = '',
): Promise<StreamPair> {
  const [source, target] = await Promise.all([
    createDatabase(servers.source, sql),
    createDatabase(servers.target, sql),
  ]);
  if (onTarget !== '') await runSql(target, onTarget);
  const name = newSyncName();
  await runSql(source, `CREATE PUBLICATION ${name} FOR ALL TABLES`);
  const pair = { source, target, name };
  await prepareStream(pair);
  pairs.push(pair);
  return pair;
}

const pairs: StreamPair[] = [];

/** For after each test: a server has room for a few slots. */
export async function dropSlots(): Promise<void> {
  for (const { source, name } of pairs.splice(0)) {
    // A server notices after a moment that a connection was cut.
    await waitUntil(
      source,
      `SELECT NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = '${name}' AND active) AS ok`,
    );
    await runSql(
      source,
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1',
      [name],
    );
  }
}

/** Makes slot and record for a publication that is there. */
async function prepareStream({ source, target, name }: StreamPair): Promise<void> {
  const tables = await runSql(
    target,
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`,
  );
  await withServers(serversInput({ source, target }), async (servers) => {
    const consistentPoint = await createSlot(servers.source, name);
    await servers.target.withSession(async (session) => {
      const record = await createSyncRecord(session, {
        name,
        method: 'stream',
        reason: 'a test wants it',
        job: null,
        fingerprint: {},
        tables: tables.map(({ schema, name }) => ({
          schema: String(schema),
          name: String(name),
          columns: [],
        })),
        leftOut: [],
        madeFull: [],
        targetLock: null,
        sourceSchemas: new Set(),
      });
      await noteSlot(session, record, consistentPoint);
    });
  });
}

function serversInput(
  { source, target }: { source: string; target: string },
  { signal = new AbortController().signal, tuning }: { signal?: AbortSignal; tuning?: Partial<Tuning> } = {},
) {
  return {
    sourceUrl: ConnectionUrl.parse(source),
    targetUrl: ConnectionUrl.parse(target),
    log: quiet,
    signal,
    tuning: { ...DEFAULT_TUNING, lockTimeoutMs: 60_000, ...tuning },
  };
}

export interface FollowOptions {
  signal?: AbortSignal;
  /** Ends the following alone, not what its sessions are doing on the servers: as the deadline of a cutover does. */
  deadline?: AbortSignal;
  stopAt?: string;
  tuning?: Partial<Tuning>;
  onProgress?: (progress: SyncProgress) => void;
  /** What the run logs for operators. */
  onLog?: (message: string, fields: { delay?: number }) => void;
}

/** Follows as a run does, until its end. */
export async function follow(
  { source, target }: Pick<StreamPair, 'source' | 'target'>,
  options: FollowOptions = {},
): Promise<Followed> {
  const {
    signal = new AbortController().signal,
    deadline = signal,
    tuning,
    stopAt,
    onProgress,
    onLog,
  } = options;
  const input = serversInput({ source, target }, options);
  return withServers(input, async (servers) => {
    const record = await servers.target.withSession(findSyncRecord);
    if (record === null) throw new Error('there is no record to follow');
    return followStream(
      {
        log: {
          debug: quiet.debug,
          info: (fields, message) => onLog?.(message, fields),
          warn: (fields, message) => onLog?.(message, fields),
        },
        onProgress: () => undefined,
        path: '',
        signal: deadline,
        ...(tuning !== undefined && { tuning }),
      },
      {
        servers,
        record,
        onProgress: onProgress ?? (() => undefined),
        ...(stopAt !== undefined && { stopAt }),
      },
    );
  });
}

/** Follows several as one run, until the first of them fails. */
export async function followTogether(pairs: readonly StreamPair[]): Promise<unknown> {
  const { signal } = new AbortController();
  const deps = { log: quiet, onProgress: () => undefined, path: '', signal };
  const open = async (
    left: readonly StreamPair[],
    databases: readonly FollowedDatabase[],
  ): Promise<unknown> => {
    const [pair, ...rest] = left;
    if (pair === undefined) return followAll(deps, new ProgressTracker(() => undefined), databases);
    return withServers(serversInput(pair), async (servers) => {
      const record = await servers.target.withSession(findSyncRecord);
      if (record === null) throw new Error('there is no record to follow');
      return open(rest, [...databases, { servers, record }]);
    });
  };
  return open(pairs, []);
}

/** The end of the source's log now. */
export async function walEnd(source: string): Promise<string> {
  const [row] = await runSql(
    source,
    "SELECT pg_logical_emit_message(true, 'test', ''), pg_current_wal_insert_lsn()::text AS lsn",
  );
  return String(row?.['lsn']);
}

/** Follows until all that is there now is applied. */
export async function catchUp(pair: StreamPair, options: FollowOptions = {}): Promise<Followed> {
  return follow(pair, { ...options, stopAt: await walEnd(pair.source) });
}

/** Every row of a query on both sides, as text. */
export async function rowsOf(pair: StreamPair, query: string): Promise<{ source: unknown; target: unknown }> {
  const sql = `SELECT q::text AS row FROM (${query}) AS q ORDER BY 1`;
  const [source, target] = await Promise.all([runSql(pair.source, sql), runSql(pair.target, sql)]);
  return { source: source.map(({ row }) => row), target: target.map(({ row }) => row) };
}

/** Waits until a query gives a row whose first column is true. */
export async function waitUntil(url: string, sql: string, deadlineMs = 20_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const [row] = await runSql(url, sql);
    if (row !== undefined && Object.values(row)[0] === true) return;
    if (performance.now() > deadline) throw new Error(`this did not come true in time: ${sql}`);
    await sleep(50);
  }
}

/** SQL for the source: whether a position is confirmed to the slot. */
export const confirmedBeyond = ({ name }: StreamPair, lsn: string) =>
  `SELECT confirmed_flush_lsn >= '${lsn}' AS ok FROM pg_replication_slots WHERE slot_name = '${name}'`;

/** Follows in the background until it is told to end. */
export function followInBackground(pair: StreamPair, options: FollowOptions = {}) {
  const controller = new AbortController();
  const done = follow(pair, { ...options, signal: controller.signal });
  done.catch(() => undefined);
  return { done, controller };
}

/** Waits until all that is there now is applied, by whoever follows. */
export async function untilApplied(pair: StreamPair): Promise<void> {
  await waitUntil(pair.source, confirmedBeyond(pair, await walEnd(pair.source)));
}
