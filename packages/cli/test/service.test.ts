/** The command line against the whole service: API, job table, reconciler and workers, on real databases. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import { createDatabase, listDatabases, readContents, untilBlocked, urlOf } from './databases.ts';
import { startDevStack, type DevStack } from './dev-stack.ts';
import { runCli, startCli, type CliEnd } from './run-cli.ts';

const PASSWORD = 'service-test';
const SHOP = `
  CREATE TABLE orders (id int PRIMARY KEY, state text, at timestamptz);
  CREATE TABLE logs (id int PRIMARY KEY, line text);
  CREATE TABLE "Odd, Name" (id int);
  CREATE TABLE sessions (id int);
  INSERT INTO orders SELECT i, 'state ' || i % 3, now() - i * interval '11 days' FROM generate_series(1, 30) AS i;
  INSERT INTO logs SELECT i, 'line ' || i FROM generate_series(1, 5) AS i;
  INSERT INTO "Odd, Name" VALUES (1);
  INSERT INTO sessions VALUES (1);`;

let directory: string;
let server: PostgresServer;
let stack: DevStack;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seren-cli-service-'));
  [server, stack] = await Promise.all([
    startPostgres({ major: 17, password: PASSWORD }),
    startDevStack(directory),
  ]);
  await createDatabase(server, 'shop', SHOP);
});

afterAll(async () => {
  await stack.stop();
  await server.stop();
  await rm(directory, { recursive: true, force: true });
});

const envFor = (target: string): Record<string, string> => ({
  ...stack.env,
  SEREN_SOURCE_URL: urlOf(server, 'shop'),
  SEREN_TARGET_URL: urlOf(server, target),
  PGPASSWORD: PASSWORD,
});

const run = (target: string, ...args: string[]): Promise<CliEnd> => runCli(args, envFor(target));

test('filters mean the same to the service as they do with --local', async () => {
  const filters = [
    ...['--exclude-tables', '"Odd, Name"', '--schema-only-tables', 'public.sessions'],
    ...['--table-filter', "orders:state <> 'state 1'", '--time-filter', 'public.orders:at:100 days'],
  ];
  const local = await run('local_copy', 'init', '--no-sync', '--local', ...filters);
  const remote = await run('remote_copy', 'init', '--no-sync', '--remote', ...filters);
  expect([local.exitCode, remote.exitCode]).toEqual([0, 0]);
  const contents = await readContents(server, 'remote_copy');
  expect(contents).toEqual(await readContents(server, 'local_copy'));
  expect(Object.entries(contents).map(([table, rows]) => [table, rows.length])).toEqual([
    ['logs', 5],
    ['orders', 6],
    ['sessions', 0],
  ]);
});

test('a filter that matches nothing is refused by the job with 2, and nothing is written', async () => {
  const { exitCode, stdout } = await run(
    'refused',
    'init',
    '--no-sync',
    '--include-tables',
    'Orders',
    '--json',
  );
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({
    code: 'invalid_request',
    error: expect.stringContaining('The filter Orders matches no table'),
  });
  expect(await listDatabases(server)).not.toContain('refused');
});

test('contents that differ end the command with 3, as they end the job', async () => {
  await createDatabase(server, 'differing', SHOP.replace("'line '", "'other '"));
  const { exitCode, stdout, stderr } = await run('differing', 'verify', '--include-tables', 'logs,sessions');
  expect(exitCode).toBe(3);
  expect(stdout).toMatch(/^public\.logs +5 +5 +\S/m);
  expect(stderr).toContain('(contents_differ)');
});

test('a key that the service does not know ends the command with 4', async () => {
  const { exitCode, stderr } = await runCli(['verify'], { ...envFor('x'), SEREN_REMOTE_API_KEY: 'wrong' });
  expect(exitCode).toBe(4);
  expect(stderr).toContain('refused the API key');
});

test('a command that is killed leaves its job running, and jobs watch ends as the job does', async () => {
  const blocker = new pg.Client({ connectionString: server.url('shop') });
  await blocker.connect();
  try {
    // Holds the job back once it runs.
    await blocker.query('BEGIN; LOCK TABLE orders');
    const submitting = startCli(['init', '--no-sync'], envFor('watched'));
    await untilBlocked(server);
    submitting.child.kill('SIGKILL');
    const { exitCode, stderr } = await submitting.end;
    expect(exitCode).toBeNull();
    const jobId = /^Job (\S+) is submitted/m.exec(stderr)?.[1] ?? '';

    const watching = startCli(['jobs', 'watch', jobId], stack.env);
    await watching.untilStderr('\n');
    await blocker.query('ROLLBACK');
    expect(await watching.end).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Copied 4 tables'),
    });
    const shown = await runCli(['jobs', 'show', jobId, '--json'], stack.env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ status: 'completed', attempt: 1 });
    expect(await readContents(server, 'watched')).toEqual(await readContents(server, 'shop'));
  } finally {
    await blocker.end();
  }
});

test('a job that failed leaves a log, and is done once more when what was in its way is mended', async () => {
  await createDatabase(server, 'occupied', 'CREATE TABLE in_the_way (id int)');
  const failed = await runCli(['init', '--no-sync', '--json'], envFor('occupied'));
  const { job_id: jobId } = JSON.parse(failed.stdout) as { job_id: string };
  expect(failed.exitCode).not.toBe(0);

  const log = await runCli(['jobs', 'logs', jobId, '--follow', '--json'], stack.env);
  const events = log.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { message: string });
  expect(events.map(({ message }) => message)).toEqual(expect.arrayContaining(['job claimed', 'job ended']));
  expect((await runCli(['jobs', 'logs', jobId], stack.env)).stdout).toMatch(/^\S+Z info job claimed /m);

  const occupied = new pg.Client({ connectionString: server.url('occupied') });
  await occupied.connect();
  await occupied.query('DROP TABLE in_the_way');
  await occupied.end();
  const retried = await runCli(['jobs', 'retry', jobId], stack.env);
  expect(retried.exitCode).toBe(0);
  expect(retried.stdout.trim()).not.toBe(jobId);
  const watched = await runCli(['jobs', 'watch', retried.stdout.trim()], stack.env);
  expect(watched.exitCode).toBe(0);
  expect(await readContents(server, 'occupied')).toEqual(await readContents(server, 'shop'));
});
