/** The options that choose databases, tables and rows, with the engine in the command's own process. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { createDatabase, listDatabases, readContents, runSql, urlOf } from './databases.ts';
import { runCli, withDirectory, type CliEnd } from './run-cli.ts';

const PASSWORD = 'filters-test';
const SHOP = `
  CREATE SCHEMA audit;
  CREATE TABLE orders (id int PRIMARY KEY, state text);
  CREATE TABLE logs (id int PRIMARY KEY, line text);
  CREATE TABLE "odd, name" (id int);
  CREATE TABLE audit.events (id int);
  CREATE TABLE visits (id int PRIMARY KEY, "seenAt" timestamp);
  INSERT INTO orders VALUES (1, 'draft'), (2, 'paid:cash'), (3, 'paid');
  INSERT INTO logs SELECT i, 'line ' || i FROM generate_series(1, 5) AS i;
  INSERT INTO "odd, name" VALUES (1);
  INSERT INTO audit.events VALUES (1);
  INSERT INTO visits SELECT i, now() AT TIME ZONE 'UTC' - i * interval '20 hours' FROM generate_series(1, 4) AS i;`;

let source: PostgresServer;
let target: PostgresServer;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startPostgres({ major: 17, password: PASSWORD }),
    startPostgres({ major: 18, password: PASSWORD }),
  ]);
  await createDatabase(source, 'shop', SHOP);
  await createDatabase(source, 'audit', 'CREATE TABLE events (id int); INSERT INTO events VALUES (1), (2)');
  await createDatabase(source, 'blog', 'CREATE TABLE posts (id int); INSERT INTO posts VALUES (1)');
});

afterAll(async () => {
  await Promise.all([source.stop(), target.stop()]);
});

function run(
  targetDatabase: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<CliEnd> {
  return runCli([...args, '--local'], {
    SEREN_SOURCE_URL: urlOf(source, 'shop'),
    SEREN_TARGET_URL: urlOf(target, targetDatabase),
    PGPASSWORD: PASSWORD,
    ...env,
  });
}

const copy = (
  targetDatabase: string,
  args: readonly string[],
  env?: Record<string, string>,
): Promise<CliEnd> => run(targetDatabase, ['init', '--no-sync', ...args], env);

describe('tables and rows', () => {
  test('are left out, emptied, and chosen by predicate and by age, which verify understands too', async () => {
    const scope = [
      ...['--exclude-tables', '"odd, name",audit.*', '--schema-only-tables', 'logs'],
      ...['--table-filter', "public.orders:state = 'paid:cash'", '--table-filter', 'orders:id > 1'],
    ];
    const copied = await copy('rows', [...scope, '--time-filter', 'public.visits:seenAt:2 days 2 hours']);
    expect(copied).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('all equal') });
    expect(await readContents(target, 'rows')).toEqual({
      orders: ['(2,paid:cash)'],
      logs: [],
      visits: [expect.stringMatching(/^\(1,/), expect.stringMatching(/^\(2,/)],
    });

    // What was told is what a shell takes, and means the same rows.
    const told = /to resume or compare later: (.*)$/m.exec(copied.stderr)?.[1] ?? '';
    const { stdout } = await promisify(execFile)('bash', ['-c', `printf '%s\\n' ${told}`], { env: {} });
    const bound = stdout.trimEnd().split('\n');
    expect(bound).toEqual([
      '--table-filter',
      expect.stringMatching(/^public\.visits:"seenAt" >= TIMESTAMPTZ '/),
    ]);
    expect((await run('rows', ['verify', ...scope, ...bound])).exitCode).toBe(0);
    await runSql(target, 'rows', 'DELETE FROM visits WHERE id = 2');
    expect((await run('rows', ['verify', ...scope, ...bound])).exitCode).toBe(3);
  });

  test('are taken from the configuration file and the environment', async () => {
    await withDirectory(async (directory) => {
      const config = join(directory, 'shop.toml');
      await writeFile(
        config,
        `include-tables = ['public."odd, name"', "orders"]\ntable_filter = ["orders:id < 3", "orders:state LIKE '%:%'"]`,
      );
      expect((await copy('file', ['--config', config])).exitCode).toBe(0);
      expect(await readContents(target, 'file')).toEqual({
        '"odd, name"': ['(1)'],
        orders: ['(2,paid:cash)'],
      });

      const env = { SEREN_INCLUDE_TABLES: 'lo*', SEREN_TABLE_FILTER: 'logs:id > 1\nlogs:id < 4' };
      expect((await copy('env', ['--config', config], env)).exitCode).toBe(0);
      expect(await readContents(target, 'env')).toEqual({ logs: ['(2,"line 2")', '(3,"line 3")'] });
    });
  });
});

test('databases are chosen by name and keep their names', async () => {
  const included = await copy('ignored', [
    '--include-databases',
    'au*,"blog"',
    '--exclude-databases',
    'blog',
  ]);
  expect(included.exitCode).toBe(0);
  expect(await listDatabases(target)).toEqual(expect.arrayContaining(['audit']));
  expect(await readContents(target, 'audit')).toEqual({ events: ['(1)', '(2)'] });

  const all = await copy('ignored', ['--all-databases', '--exclude-databases', 'audit,shop,p*', '--json']);
  expect(JSON.parse(all.stdout)).toMatchObject({ databases: 1, rows: 1 });
  expect(await readContents(target, 'blog')).toEqual({ posts: ['(1)'] });
  expect(await listDatabases(target)).not.toContain('ignored');
});

describe('a filter is refused with 2, and nothing is written', () => {
  test.each([
    ['that matches no table', ['--exclude-tables', 'Orders'], 'The filter Orders matches no table'],
    ['that matches no database', ['--include-databases', 'shops'], 'shops matches no database'],
    ['of rows of no table', ['--time-filter', 'visit:seenAt:1 day'], 'The filter visit matches no table'],
    [
      'that could mean two tables',
      ['--include-databases', 'shop,audit', '--exclude-tables', 'audit.events'],
      'could mean shop.audit.events and audit.public.events',
    ],
    ['with an interval that is none', ['--time-filter', 'visits:seenAt:a while'], "as in 'public.visits:"],
    ['without a predicate', ['--table-filter', 'visits'], "as in 'public.orders:id > 1000'"],
    ['for all databases and some', ['--all-databases', '--include-databases', 'shop'], 'exclude each other'],
  ])('%s', async (_, args, message) => {
    const before = await listDatabases(target);
    const { exitCode, stdout } = await copy('refused', [...args, '--json']);
    expect({ exitCode, ...JSON.parse(stdout) }).toEqual({
      exitCode: 2,
      error: expect.stringContaining(message),
      code: 'invalid_request',
    });
    expect(await listDatabases(target)).toEqual(before);
  });

  test('by validate, too', async () => {
    const { exitCode, stderr } = await run('refused', ['validate', '--exclude-tables', 'Orders']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('matches no table'),
    });
  });
});
