/** Two real servers for a test file, and fresh databases on them for each of its tests. */
import { randomBytes } from 'node:crypto';
import {
  jobSpecificationSchema,
  type JobProgress,
  type JobSpecificationInput,
} from '@seren-replicator/job-models';
import {
  startPostgres,
  type PostgresMajor,
  type PostgresServer,
  type PostgresSettings,
} from '@seren-replicator/local-servers';
import pg from 'pg';
import type { CommandOutcome, EngineDeps } from '../src/engine.ts';
import { runCommand } from '../src/run-command.ts';
import type { Tuning } from '../src/tuning.ts';

export interface BothServers {
  readonly source: PostgresServer;
  readonly target: PostgresServer;
}

export interface ServerPair extends BothServers {
  stop: () => Promise<void>;
}

export async function startServerPair(
  sourceMajor: PostgresMajor,
  targetMajor: PostgresMajor,
  settings: PostgresSettings = {},
): Promise<ServerPair> {
  const [source, target] = await Promise.all([
    startPostgres({ major: sourceMajor, settings }),
    startPostgres({ major: targetMajor, settings }),
  ]);
  return {
    source,
    target,
    stop: async () => {
      await Promise.all([source.stop(), target.stop()]);
    },
  };
}

type Row = Record<string, unknown>;

/** Runs SQL on a database of a server and gives the rows of the last statement. */
export async function runSql(url: string, sql: string, values?: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // A server that is killed meanwhile is told of by the query; an event that nobody hears would end the test.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // pg's types leave out that several statements give several results.
    const results = (await client.query(sql, values)) as unknown as { rows: Row[] } | { rows: Row[] }[];
    return [results].flat().at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

/** Creates a database with a name of its own, fills it, and gives its URL. */
export async function createDatabase(server: PostgresServer, sql = ''): Promise<string> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await runSql(server.url(), `CREATE DATABASE ${name}`);
  const url = server.url(name);
  if (sql !== '') await runSql(url, sql);
  return url;
}

/** A URL on a server for a database that does not exist. */
export function unusedDatabaseUrl(server: PostgresServer): string {
  return server.url(`test_${randomBytes(6).toString('hex')}`);
}

export interface RunInput {
  command?: JobSpecificationInput['command'];
  source: string;
  target: string;
  options?: JobSpecificationInput['options'];
  filter?: JobSpecificationInput['filter'];
  signal?: AbortSignal;
  tuning?: Partial<Tuning>;
  onProgress?: (progress: JobProgress) => void;
  onDone?: EngineDeps['onDone'];
  job?: EngineDeps['job'];
  /** Gets whatever the engine logs. */
  onLog?: (fields: object, message: string) => void;
}

/** Runs a command of the engine as the command line and the worker do. */
export async function run(input: RunInput): Promise<CommandOutcome> {
  const specification = jobSpecificationSchema.parse({
    schema_version: '1.0',
    command: input.command ?? 'init',
    source_url: input.source,
    target_url: input.target,
    filter: input.filter ?? {},
    options: { no_sync: true, ...input.options },
  });
  const onLog = input.onLog ?? (() => undefined);
  return runCommand(
    {
      log: { debug: onLog, info: onLog, warn: onLog },
      onProgress: input.onProgress ?? (() => undefined),
      path: '',
      ...(input.tuning !== undefined && { tuning: input.tuning }),
      ...(input.onDone !== undefined && { onDone: input.onDone }),
      ...(input.job !== undefined && { job: input.job }),
      signal: input.signal ?? new AbortController().signal,
    },
    specification,
  );
}

/** The URL with another user. */
export function asUser(url: string, user: string, password = user): string {
  return url.replace(/\/\/[^@]*@/, `//${encodeURIComponent(user)}:${encodeURIComponent(password)}@`);
}

/** A name that no other test uses, for what belongs to a whole server. */
export function uniqueName(prefix: string): string {
  return `${prefix}_${randomBytes(4).toString('hex')}`;
}
