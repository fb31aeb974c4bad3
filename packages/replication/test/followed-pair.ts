/** A target that follows its source, made by hand, for tests of what is told about it. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ConnectionUrl,
  type DatabaseStatus,
  type StatusResult,
  type SyncMethod,
} from '@seren-replicator/job-models';
import type { PostgresServer } from '@seren-replicator/local-servers';
import { listTables } from '../src/catalog/list-tables.ts';
import { withServers } from '../src/session/with-servers.ts';
import { readFollowedTables } from '../src/sync/read-followed-tables.ts';
import { createSyncRecord, markFollowing, noteSlot } from '../src/sync/store-sync-record.ts';
import { newSyncName } from '../src/sync/sync-names.ts';
import { createDatabase, run, runSql, type RunInput } from './database-pair.ts';

export interface FollowedPair {
  /** URLs of both databases. */
  source: string;
  target: string;
  /** Of slot, publication and subscription. */
  name: string;
}

export interface FollowInput {
  servers: { source: PostgresServer; target: PostgresServer };
  /** What both databases begin with. */
  sql: string;
  method?: SyncMethod;
  fingerprint?: Record<string, string>;
  /** Labels of tables that the copy has left aside. */
  without?: readonly string[];
}

const followed: FollowedPair[] = [];

export async function follow(input: FollowInput): Promise<FollowedPair> {
  const { servers, sql, method = 'subscription', fingerprint = {}, without = [] } = input;
  const [source, target] = [
    await createDatabase(servers.source, sql),
    await createDatabase(servers.target, sql),
  ];
  const name = newSyncName();
  await withServers(
    {
      sourceUrl: ConnectionUrl.parse(source),
      targetUrl: ConnectionUrl.parse(target),
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
      signal: new AbortController().signal,
    },
    async (engine) => {
      const tables = await engine.source.withSession(async (session) => {
        const all = await listTables(session);
        return readFollowedTables(
          session,
          all.filter(({ label }) => !without.includes(label)),
        );
      });
      const members = tables.map((table) => `ONLY "${table.schema}"."${table.name}"`).join(', ');
      await runSql(source, `CREATE PUBLICATION ${name} FOR TABLE ${members}`);
      const [slot] = await runSql(
        source,
        `SELECT lsn::text FROM pg_create_logical_replication_slot('${name}', 'pgoutput')`,
      );
      await engine.target.withSession(async (session) => {
        const record = await createSyncRecord(session, {
          name,
          method,
          reason: 'a test wants it',
          job: null,
          fingerprint,
          tables,
          leftOut: [],
          madeFull: [],
          targetLock: null,
          sourceSchemas: new Set(),
        });
        await noteSlot(session, record, String(slot?.['lsn']));
        await session.execute('follow', markFollowing(record, null));
      });
    },
  );
  const pair = { source, target, name };
  followed.push(pair);
  if (method === 'subscription') await subscribe(pair);
  return pair;
}

async function subscribe({ source, target, name }: FollowedPair): Promise<void> {
  const { hostname, port, username, password, pathname } = new URL(source);
  await runSql(
    target,
    `CREATE SUBSCRIPTION ${name}
     CONNECTION 'host=${hostname} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}'
     PUBLICATION ${name} WITH (create_slot = false, copy_data = false)`,
  );
}

/** Ends what would use up the servers' slots and workers. For the end of each test. */
export async function unfollowAll(): Promise<void> {
  for (const { source, target } of followed.splice(0)) {
    const subscriptions = await runSql(
      target,
      'SELECT subname FROM pg_subscription JOIN pg_database AS d ON d.oid = subdbid WHERE datname = current_database()',
    );
    for (const { subname } of subscriptions) {
      for (const change of ['DISABLE', 'SET (slot_name = NONE)']) {
        await runSql(target, `ALTER SUBSCRIPTION ${String(subname)} ${change}`);
      }
      await runSql(target, `DROP SUBSCRIPTION ${String(subname)}`);
    }
    while (await hasSlots(source)) await sleep(20);
  }
}

/** Drops those that nobody reads any more. */
async function hasSlots(source: string): Promise<boolean> {
  const rows = await runSql(
    source,
    `SELECT CASE WHEN active THEN pg_terminate_backend(active_pid)::text
                 ELSE pg_drop_replication_slot(slot_name)::text END
     FROM pg_replication_slots WHERE database = current_database()`,
  );
  return rows.length > 0;
}

export interface StatusSeen extends StatusResult {
  failure: { code: string; message: string } | null;
  /** Of the only database. */
  only: DatabaseStatus;
}

export async function readStatus(
  pair: Pick<FollowedPair, 'source' | 'target'>,
  input: Omit<RunInput, 'command' | 'source' | 'target'> = {},
): Promise<StatusSeen> {
  const { source, target } = pair;
  const { result, failure } = await run({ ...input, command: 'status', source, target });
  const status = result as StatusResult;
  const [only] = status.databases;
  if (only === undefined) throw new Error('no database has a status');
  return { ...status, only, failure };
}
