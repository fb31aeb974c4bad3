/** `--local`: the engine in the command's own process, on a real server. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import { runCli, startCli, type CliEnd } from './run-cli.ts';

let server: PostgresServer;
let admin: pg.Client;

async function connect(database?: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: server.url(database) });
  await client.connect();
  return client;
}

async function runSql(database: string, sql: string): Promise<void> {
  const client = await connect(database);
  await client.query(sql);
  await client.end();
}

const env = (): Record<string, string> => ({
  SEREN_SOURCE_URL: `postgresql://postgres@127.0.0.1:${server.port}/shop`,
  SEREN_TARGET_URL: `postgresql://postgres@127.0.0.1:${server.port}/copy`,
  PGPASSWORD: server.password,
});

const run = (...args: string[]): Promise<CliEnd> => runCli([...args, '--local'], env());

beforeAll(async () => {
  server = await startPostgres({ major: 17 });
  admin = await connect();
  await admin.query('CREATE DATABASE shop');
  await runSql(
    'shop',
    'CREATE TABLE orders (id int PRIMARY KEY, note text); INSERT INTO orders VALUES (1, NULL), (2, $$$$)',
  );
});

afterAll(async () => {
  await admin.end();
  await server.stop();
});

describe('a copy', () => {
  test('is checked, made and compared, each with one document on standard output', async () => {
    const documents: unknown[] = [];
    for (const args of [['validate'], ['init', '--no-sync'], ['verify']]) {
      const { exitCode, stdout, stderr } = await run(...args, '--json');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.not.stringContaining('Error') });
      expect(stdout + stderr).not.toContain(server.password);
      documents.push(JSON.parse(stdout));
    }
    expect(documents).toMatchObject([
      { command: 'validate', checks: expect.any(Array) },
      { command: 'init', tables: 1, rows: 2, verification: { tables: [{ equal: true }] } },
      { command: 'verify', verification: { tables: [{ source_rows: 2, target_rows: 2, equal: true }] } },
    ]);
  });

  test('tells its phases in plain lines where there is no terminal', async () => {
    const { exitCode, stdout, stderr } = await run('verify');
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^verify/m);
    expect(stdout).toMatch(/^1 table, 0 sequences and the schema compared: all equal/);
    expect(stdout + stderr).not.toContain('\u001b');
  });

  test('that differs exits with 3 and shows the table', async () => {
    await runSql('copy', 'UPDATE orders SET note = $$$$ WHERE id = 1');
    const { exitCode, stdout, stderr } = await run('verify');
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/^public\.orders +2 +2 +\S/m);
    expect(stderr).toContain('(contents_differ)');
    const { stdout: document } = await run('verify', '--json');
    expect(JSON.parse(document)).toMatchObject({
      code: 'contents_differ',
      verification: { tables: [{ equal: false }] },
    });
  });

  test('drops what is there when told to, never by --yes alone', async () => {
    const kept = await run('init', '--no-sync', '--yes');
    expect({ exitCode: kept.exitCode, stdout: kept.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(kept.stderr).toContain('(target_not_empty)');
    expect((await run('verify')).exitCode).toBe(3);
    expect((await run('init', '--no-sync', '--yes', '--drop-existing')).exitCode).toBe(0);
    expect((await run('verify')).exitCode).toBe(0);
  });
});

test('a wrong password exits with 1 and is not shown', async () => {
  const { exitCode, stdout, stderr } = await runCli(['verify', '--local'], {
    ...env(),
    PGPASSWORD: 'hunter2',
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('(authentication_failed)');
  expect(stdout + stderr).not.toContain('hunter2');
});

test('Ctrl-C closes the sessions on the servers and exits with 130', async () => {
  const sessions = async (condition: string): Promise<number> => {
    const { rows } = await admin.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE datname IN ('shop', 'copy') AND application_name <> 'blocker' AND ${condition}`,
    );
    return rows[0]?.count ?? 0;
  };
  const blocker = await connect('shop');
  try {
    await blocker.query("SET application_name = 'blocker'; BEGIN; LOCK TABLE orders");
    const cli = startCli(['verify', '--local', '--json'], env());
    while ((await sessions("wait_event_type = 'Lock'")) === 0) expect(cli.child.exitCode).toBeNull();
    cli.child.kill('SIGINT');
    const { exitCode, stdout } = await cli.end;
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'interrupted',
      error: 'The run was cancelled; start it again with the same arguments.',
    });
    // The server takes a moment to see that a session was closed; one that was left open stays.
    while ((await sessions('true')) > 0);
  } finally {
    await blocker.end();
  }
});

describe('an estimate', () => {
  const estimate = (...args: string[]): Promise<CliEnd> => runCli(['estimate', ...args], env());

  test('measures what a copy would move, and asks the source alone', async () => {
    await runSql(
      'shop',
      'CREATE TABLE wide AS SELECT repeat(i::text, 200) AS t FROM generate_series(1, 5000) AS i',
    );
    const whole = await estimate('--json', '--target', 'postgresql://nobody@nowhere.invalid/x');
    expect(whole.exitCode).toBe(2);
    const { exitCode, stdout } = await estimate('--json');
    expect(exitCode).toBe(0);
    const document = JSON.parse(stdout) as { estimated_size_bytes: number; databases: { tables: number }[] };
    const narrower = await estimate('--json', '--exclude-tables', 'wide');
    const less = JSON.parse(narrower.stdout) as typeof document;
    expect(document.databases[0]?.tables).toBe((less.databases[0]?.tables ?? 0) + 1);
    expect(document.estimated_size_bytes - less.estimated_size_bytes).toBeGreaterThan(1_000_000);
    expect((await estimate()).stdout).toContain(`--estimated-size ${document.estimated_size_bytes}`);
  });

  test('of a filter that matches nothing is refused', async () => {
    const { exitCode, stderr } = await estimate('--include-tables', 'nothing');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining('matches no table'),
    });
  });
});
