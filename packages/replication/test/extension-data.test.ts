/**
 * Rows that users keep in tables of an extension. PostgreSQL 18 finds extensions outside of its installation
 * (`extension_control_path`), so the test brings one of its own.
 */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InitResult, ValidateResult } from '@seren-replicator/job-models';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { createDatabase, run, runSql, unusedDatabaseUrl } from './database-pair.ts';

let server: PostgresServer;
let directory: string;

/** "runs" comes before the table that it refers to; "jobs" has a row that CREATE EXTENSION itself enters. */
const EXTENSION = `
  CREATE TABLE runs (id int PRIMARY KEY, job int);
  CREATE TABLE jobs (id serial PRIMARY KEY, name text UNIQUE);
  ALTER TABLE runs ADD FOREIGN KEY (job) REFERENCES jobs;
  CREATE TABLE settings (key text PRIMARY KEY, value text, is_built_in bool NOT NULL DEFAULT false);
  CREATE TABLE cache (key text);
  INSERT INTO settings VALUES ('colour', 'blue', true), ('size', 'small', true);
  INSERT INTO jobs (name) VALUES ('vacuum');
  SELECT pg_catalog.pg_extension_config_dump('runs', '');
  SELECT pg_catalog.pg_extension_config_dump('jobs', '');
  SELECT pg_catalog.pg_extension_config_dump('jobs_id_seq', '');
  SELECT pg_catalog.pg_extension_config_dump('settings', 'WHERE NOT is_built_in');`;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seren-test-extension-'));
  // The server may run as another user.
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'extension'));
  await writeFile(
    join(directory, 'extension', 'keeper.control'),
    "default_version = '1.0'\nrelocatable = true\n",
  );
  await writeFile(join(directory, 'extension', 'keeper--1.0.sql'), EXTENSION);
  server = await startPostgres({ major: 18, settings: { extension_control_path: `$system:${directory}` } });
});
afterAll(async () => {
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

/** With rows of users in the extension's tables, and a table of users that refers to one of them. */
const SOURCE = `
  CREATE SCHEMA "Kept"; CREATE EXTENSION keeper SCHEMA "Kept";
  UPDATE "Kept".settings SET value = 'changed at the source' WHERE key = 'size';
  INSERT INTO "Kept".settings VALUES ('mine', 'a\tb', false), ('yours', NULL, false);
  INSERT INTO "Kept".cache VALUES ('of the source');
  DELETE FROM "Kept".jobs; INSERT INTO "Kept".jobs (name) VALUES ('backup'), ('report');
  INSERT INTO "Kept".runs VALUES (1, 2), (2, 3);
  CREATE TABLE chosen (key text REFERENCES "Kept".settings); INSERT INTO chosen VALUES ('mine');`;

async function contentOf(url: string, table: string): Promise<unknown[]> {
  return runSql(url, `SELECT t.*::text AS row FROM "Kept".${table} AS t ORDER BY 1`).then((rows) =>
    rows.map(({ row }) => row),
  );
}

describe('rows of users in tables of an extension', () => {
  it("are copied with their sequences, beside the extension's own", async () => {
    const source = await createDatabase(server, SOURCE);
    const target = unusedDatabaseUrl(server);
    const { result, failure } = await run({ source, target });
    expect(failure).toBeNull();
    expect(result as InitResult).toMatchObject({ tables: 4, rows: 7, skipped: [] });
    expect(await contentOf(target, 'settings')).toEqual([
      '(colour,blue,t)',
      '(mine,"a\tb",f)',
      '(size,small,t)',
      '(yours,,f)',
    ]);
    expect(await contentOf(target, 'jobs')).toEqual(['(2,backup)', '(3,report)']);
    expect(await contentOf(target, 'runs')).toEqual(['(1,2)', '(2,3)']);
    expect(await contentOf(target, 'cache')).toEqual([]);
    expect(await runSql(target, `INSERT INTO "Kept".jobs (name) VALUES ('next') RETURNING id`)).toEqual([
      { id: 4 },
    ]);
  });

  it('are compared', async () => {
    const source = await createDatabase(server, SOURCE);
    const target = unusedDatabaseUrl(server);
    await run({ source, target });
    const same = await run({ command: 'verify', source, target });
    expect(same.failure).toBeNull();
    await runSql(target, `UPDATE "Kept".settings SET value = 'other' WHERE key = 'size'`);
    expect((await run({ command: 'verify', source, target })).failure).toBeNull();
    await runSql(target, `UPDATE "Kept".settings SET value = 'other' WHERE key = 'yours'`);
    const other = await run({ command: 'verify', source, target });
    expect(other.failure).toMatchObject({
      code: 'contents_differ',
      message: expect.stringContaining('Kept.settings'),
    });
  });

  it('stay as they are when a run goes on after an interruption, with rows that refer to them', async () => {
    const source = await createDatabase(server, SOURCE);
    const target = unusedDatabaseUrl(server);
    const interruption = new AbortController();
    const interrupted = run({
      source,
      target,
      signal: interruption.signal,
      onProgress: ({ phase }) => {
        if (phase === 'sequences') interruption.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
    expect(await contentOf(target, 'jobs')).toEqual(['(2,backup)', '(3,report)']);
    const { failure, result } = await run({ source, target });
    expect(failure).toBeNull();
    expect((result as InitResult).resumed).toBeDefined();
    expect(await contentOf(target, 'settings')).toContain('(mine,"a\tb",f)');
  });

  it('are left out with a table that is excluded', async () => {
    const source = await createDatabase(server, SOURCE);
    const target = unusedDatabaseUrl(server);
    const filter = { exclude_tables: ['Kept.settings', 'chosen'], schema_only_tables: ['Kept.runs'] };
    const { failure } = await run({ source, target, filter });
    expect(failure).toBeNull();
    expect(await contentOf(target, 'settings')).toEqual(['(colour,blue,t)', '(size,small,t)']);
    expect(await contentOf(target, 'runs')).toEqual([]);
    expect(await contentOf(target, 'jobs')).toEqual(['(2,backup)', '(3,report)']);
  });

  it('must be readable, and are told of by validate', async () => {
    const source = await createDatabase(
      server,
      `${SOURCE} CREATE ROLE keeper_reader LOGIN PASSWORD 'x'; GRANT USAGE ON SCHEMA "Kept" TO keeper_reader;
       GRANT SELECT ON chosen, "Kept".jobs, "Kept".runs TO keeper_reader;
       GRANT SELECT ON SEQUENCE "Kept".jobs_id_seq TO keeper_reader`,
    );
    const asReader = source.replace(/\/\/[^@]*@/, '//keeper_reader:x@');
    const { result } = await run({
      command: 'validate',
      source: asReader,
      target: unusedDatabaseUrl(server),
    });
    const { checks } = result as ValidateResult;
    expect(checks).toContainEqual({
      name: 'source privileges',
      status: 'fail',
      message: 'the source role keeper_reader may not read Kept.settings',
      fix: 'GRANT SELECT ON TABLE "Kept"."settings" TO "keeper_reader";',
    });
    expect(checks.find(({ name }) => name === 'extension data')).toMatchObject({
      status: 'pass',
      message: expect.stringContaining('Kept.jobs, Kept.runs, Kept.settings'),
    });
  });
});
