/** Two databases of which one follows the other, for tests of the end of that. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CutoverResult, JobSpecificationInput } from '@seren-replicator/job-models';
import pg from 'pg';
import type { CommandOutcome } from '../src/engine.ts';
import {
  createDatabase,
  run,
  runSql,
  unusedDatabaseUrl,
  type RunInput,
  type BothServers,
} from './database-pair.ts';

/** Sequences of three kinds, views on views, and a table that is written to. */
export const SHOP = `
  CREATE TABLE orders (id bigserial PRIMARY KEY, note text);
  CREATE TABLE countdown (id int GENERATED ALWAYS AS IDENTITY (INCREMENT -1 MAXVALUE 0 MINVALUE -1000) PRIMARY KEY);
  CREATE SEQUENCE tickets INCREMENT 5;
  INSERT INTO orders (note) SELECT md5(i::text) FROM generate_series(1, 500) AS i;
  CREATE MATERIALIZED VIEW by_letter AS SELECT left(note, 1) AS letter, count(*) FROM orders GROUP BY 1;
  CREATE VIEW letters AS SELECT letter FROM by_letter;
  CREATE MATERIALIZED VIEW letter_count AS SELECT count(*) AS n, (SELECT sum(count) FROM by_letter) AS orders FROM letters;
  CREATE MATERIALIZED VIEW never_filled AS SELECT * FROM orders WITH NO DATA;`;

/** Every database that follows takes one of each. */
export const MANY = {
  max_replication_slots: 40,
  max_wal_senders: 40,
  max_worker_processes: 60,
  max_logical_replication_workers: 40,
};

export interface Followed {
  source: string;
  target: string;
}

/** Copies a new database and lets its copy follow it, by its own subscription. */
export async function startFollowed(
  servers: BothServers,
  { sql = '', ...options }: JobSpecificationInput['options'] & { sql?: string } = {},
): Promise<Followed> {
  const both = {
    source: await createDatabase(servers.source, SHOP + sql),
    target: unusedDatabaseUrl(servers.target),
  };
  await run({
    ...both,
    options: { no_sync: false, sync_method: 'subscription', verify: false, ...options },
  });
  return both;
}

export interface Streamed extends Followed {
  /** The job that copies and then follows; resolves when it has come to its end well. */
  following: Promise<CommandOutcome>;
  /** Ends that job without ending the sync. */
  leave: () => Promise<void>;
}

/** Copies a new database and follows it with a job of this process. */
export async function startStreamed(servers: BothServers, input: JobInput = {}): Promise<Streamed> {
  const both = {
    source: await createDatabase(servers.source, SHOP),
    target: unusedDatabaseUrl(servers.target),
  };
  return startJob(both, input);
}

type JobInput = Pick<RunInput, 'options' | 'job'>;

/** Resolves when the job follows, or has come to its end. */
export async function startJob(
  { source, target }: Followed,
  { options, ...input }: JobInput = {},
): Promise<Streamed> {
  const leaving = new AbortController();
  let follows: () => void = () => undefined;
  const began = new Promise<void>((resolve) => (follows = resolve));
  const following = run({
    source,
    target,
    ...input,
    options: { no_sync: false, sync_method: 'stream', verify: false, ...options },
    signal: leaving.signal,
    onProgress: ({ phase }) => {
      if (phase === 'sync') follows();
    },
  });
  await Promise.race([began, following]);
  const leave = async () => {
    leaving.abort();
    await following.catch(() => undefined);
  };
  return { source, target, following, leave };
}

export interface CutoverRun {
  result: CutoverResult;
  failure: { code: string; message: string } | null;
}

export async function runCutover(input: Omit<RunInput, 'command'>): Promise<CutoverRun> {
  const { result, failure } = await run({ ...input, command: 'cutover' });
  return { result: result as CutoverResult, failure };
}

/** What is the same before a cutover and after one that was taken back. */
export async function standingOf({ source, target }: Followed): Promise<unknown> {
  const settings = `SELECT setconfig FROM pg_db_role_setting AS s JOIN pg_database AS d ON d.oid = s.setdatabase
                    WHERE d.datname = current_database()`;
  const ours = `SELECT (SELECT array_agg(pubname::text ORDER BY 1) FROM pg_publication) AS publications,
    (SELECT array_agg(slot_name::text ORDER BY 1) FROM pg_replication_slots WHERE database = current_database()) AS slots,
    (SELECT array_agg(subname::text || subenabled ORDER BY 1) FROM pg_subscription
     WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS subscriptions,
    (SELECT array_agg(nspname::text ORDER BY 1) FROM pg_namespace WHERE nspname LIKE 'seren%') AS schemas`;
  const sequences = `SELECT sequencename, last_value FROM pg_sequences ORDER BY 1`;
  const all = [source, target].flatMap((url) => [settings, ours, sequences].map((sql) => runSql(url, sql)));
  return Promise.all(all);
}

export async function nameOf(url: string): Promise<string> {
  const [row] = await runSql(url, 'SELECT current_database()::text AS name');
  return row?.['name'] as string;
}

/** Waits until a row that is written on the source is on the target. */
export async function expectFlow({ source, target }: Followed): Promise<void> {
  const [row] = await runSql(source, "INSERT INTO orders (note) VALUES ('still flowing') RETURNING id");
  await until(
    async () => (await runSql(target, 'SELECT FROM orders WHERE id = $1', [row?.['id']])).length > 0,
  );
}

export async function until(isSo: () => Promise<boolean>, deadlineMs = 20_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it did not come to be');
    await sleep(20);
  }
}

export interface Writer {
  /** Ids of rows whose INSERT was acknowledged. */
  readonly written: Set<string>;
  /** Resolves to the SQLSTATE by which the writer learned that it may not write any more. */
  readonly refused: Promise<string>;
}

/** Writes rows one after the other, over new connections when one is ended, until it is refused as read-only. */
export function startWriter(url: string): Writer {
  const written = new Set<string>();
  const refused = (async () => {
    for (;;) {
      const client = new pg.Client({ connectionString: url });
      client.on('error', () => undefined);
      try {
        await client.connect();
        for (;;) {
          const { rows } = await client.query<{ id: string }>(
            "INSERT INTO orders (note) VALUES ('by a writer') RETURNING id",
          );
          if (rows[0] !== undefined) written.add(rows[0].id);
        }
      } catch (error) {
        const { code } = error as { code?: string };
        // Refused by the database; or by a server that a test that failed has stopped.
        if (code === '25006' || code === 'ECONNREFUSED') return code;
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  })();
  return { written, refused };
}
