/** Databases for the tests of the schema's journey: filled with objects, lent to pg_dump, restored into. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import type { EngineLog } from '../src/engine.ts';
import type { Archive } from '../src/schema/archive.ts';
import { runEmbeddedPgDump } from '../src/schema/embedded-pg-dump.ts';
import { lendConnection, recordParameters, type Lend } from '../src/schema/lent-connection.ts';
import { planRestore } from '../src/schema/restore-plan.ts';
import { restoreStatements, type RestoreOptions } from '../src/schema/restore-statements.ts';
import { sessionSettings } from '../src/schema/session-settings.ts';

export const silentLog: EngineLog = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const DUMP_DEADLINE_MS = 30_000;
const OBJECT_FILES = [
  ['since-14.sql', 14],
  ['more-since-14.sql', 14],
  ['since-15.sql', 15],
  ['since-17.sql', 17],
  ['since-18.sql', 18],
] as const;

export function deadline(): AbortSignal {
  return AbortSignal.timeout(DUMP_DEADLINE_MS);
}

export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withClient(url, async (client) => {
    const result = (await client.query(sql)) as pg.QueryResult | pg.QueryResult[];
    return (Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows) as Record<string, unknown>[];
  });
}

export function lendFrom(url: string): Lend {
  return async () => {
    const client = new pg.Client(url);
    const parameters = recordParameters(client);
    await client.connect();
    return lendConnection(client, parameters);
  };
}

/** A snapshot for the time of `work`, and the server's version. */
export async function withSnapshot<Result>(
  url: string,
  work: (snapshot: { snapshot: string; serverVersionNum: number }) => Promise<Result>,
): Promise<Result> {
  return withClient(url, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ snapshot: string; version: string }>(
      `SELECT pg_export_snapshot() AS snapshot, current_setting('server_version_num') AS version`,
    );
    const [{ snapshot, version } = { snapshot: '', version: '' }] = rows;
    return work({ snapshot, serverVersionNum: Number(version) });
  });
}

/** Roles and a tablespace that the objects need, once for a server. */
export async function prepareServer(server: PostgresServer): Promise<void> {
  await query(server.url(), await readObjects('roles.sql'));
  await query(server.url(), `CREATE TABLESPACE "Other space" LOCATION ''`);
}

/** Creates a database with objects of every kind that the server knows. */
export async function createObjects(server: PostgresServer, database: string, major: number): Promise<void> {
  await createDatabase(server, database);
  for (const [file, since] of OBJECT_FILES) {
    if (major >= since) await query(server.url(database), await readObjects(file));
  }
}

export async function createDatabase(server: PostgresServer, database: string): Promise<void> {
  await query(server.url(), `CREATE DATABASE ${pg.escapeIdentifier(database)} TEMPLATE template0`);
}

async function readObjects(file: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'schema-objects', file), 'utf8');
}

/** Restores everything, one entry after the other, on one session. */
export async function restoreAll(
  url: string,
  archive: Archive,
  options: Partial<RestoreOptions> = {},
): Promise<void> {
  const { beforeData, afterData, privileges, afterPrivileges } = planRestore(archive);
  const entries = [...beforeData, ...afterData.map(({ entry }) => entry), ...privileges, ...afterPrivileges];
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ version: string }>(
      `SELECT current_setting('server_version_num') AS version`,
    );
    const targetVersionNum = Number(rows[0]?.version);
    const allOptions = { noOwner: false, noAcl: false, targetVersionNum, ...options };
    for (const setting of sessionSettings(archive)) await client.query(setting);
    for (const entry of entries) {
      for (const statement of restoreStatements(entry, allOptions)) {
        await client.query(statement).catch((error: unknown) => {
          throw new Error(`${entry.kind} ${entry.tag}: ${statement}`, { cause: error });
        });
      }
    }
  });
}

/** A database's schema as text, for comparing; without what differs from run to run. */
export async function schemaText(url: string, ...args: string[]): Promise<string> {
  const { output } = await runEmbeddedPgDump({
    lend: lendFrom(url),
    args: ['--schema-only', ...args],
    signal: deadline(),
  });
  return output.toString('utf8').replaceAll(/^\\(?:un)?restrict .*\n/gm, '');
}
