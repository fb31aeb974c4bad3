/** Databases for tests on real servers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';

type Row = Record<string, unknown>;

/** Runs SQL on a database of a server, and gives the rows of a single statement. */
export async function runSql(server: PostgresServer, database: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function createDatabase(server: PostgresServer, name: string, sql: string): Promise<void> {
  await runSql(server, 'postgres', `CREATE DATABASE ${name}`);
  await runSql(server, name, sql);
}

export async function listDatabases(server: PostgresServer): Promise<string[]> {
  const rows = await runSql(server, 'postgres', 'SELECT datname FROM pg_database WHERE NOT datistemplate');
  return rows
    .map(({ datname }) => String(datname))
    .filter((name) => name !== 'postgres')
    .sort();
}

/** Every table of a database by its name, with all of its rows as text. */
export async function readContents(
  server: PostgresServer,
  database: string,
): Promise<Record<string, string[]>> {
  const tables = await runSql(
    server,
    database,
    `SELECT oid::regclass::text AS name FROM pg_class
     WHERE relkind IN ('r', 'p') AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
     ORDER BY 1`,
  );
  const contents: Record<string, string[]> = {};
  for (const { name } of tables) {
    const rows = await runSql(server, database, `SELECT t::text AS row FROM ${String(name)} AS t ORDER BY 1`);
    contents[String(name)] = rows.map(({ row }) => String(row));
  }
  return contents;
}

/** Resolves once a session waits for a lock that another one holds. */
export async function untilBlocked(server: PostgresServer): Promise<void> {
  const deadline = performance.now() + 40_000;
  const sql = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  while ((await runSql(server, 'postgres', sql)).length === 0) {
    if (performance.now() > deadline) throw new Error('No session waits for a lock.');
    await sleep(50);
  }
}

/** A URL without a password, which is for `PGPASSWORD`. */
export function urlOf(server: PostgresServer, database: string): string {
  return `postgresql://postgres@127.0.0.1:${server.port}/${database}`;
}
