import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import type { PgDumpKind } from '../src/schema/choose-pg-dump.ts';
import { findNativePgDumps } from '../src/schema/find-native-pg-dump.ts';
import { dumpSchema } from '../src/schema/dump-schema.ts';
import { runEmbeddedPgDump } from '../src/schema/embedded-pg-dump.ts';
import { runNativePgDump } from '../src/schema/native-pg-dump.ts';
import type { PgDumpOutput, RunPgDumpInput } from '../src/schema/pg-dump-run.ts';
import { deadline, lendFrom, query, silentLog, withClient, withSnapshot } from './schema-databases.ts';

const path = process.env['PATH'] ?? '';
/** The machine's pg_dump may be this old. */
const MAJOR = 15;
const POLL_MS = 20;
const ROLE_PASSWORD = 'p4ss-of-the-role';

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ major: MAJOR });
  await query(
    server.url(),
    `CREATE TABLE busy (id int); CREATE ROLE nobody LOGIN PASSWORD '${ROLE_PASSWORD}'`,
  );
});
afterAll(async () => server.stop());

function urlOfRole(): string {
  const url = new URL(server.url());
  url.username = 'nobody';
  url.password = ROLE_PASSWORD;
  return url.href;
}

/** The machine may have none that is new enough; then only the embedded one is tried. */
const [native] = (await findNativePgDumps(path)).filter(({ major }) => major >= MAJOR);
const runners: [PgDumpKind, (input: RunPgDumpInput) => Promise<PgDumpOutput>][] = [
  ['embedded', runEmbeddedPgDump],
];
if (native !== undefined) {
  const { executable } = native;
  runners.push(['native', async (input) => runNativePgDump({ ...input, executable, path })]);
}

/** Keeps pg_dump waiting for the time of `work`. */
async function withLockedTable(work: () => Promise<void>): Promise<void> {
  await withClient(server.url(), async (client) => {
    await client.query('BEGIN; LOCK TABLE busy IN ACCESS EXCLUSIVE MODE');
    await work();
  });
}

/** The server process that waits for the lock. */
async function waitingProcess(): Promise<number> {
  for (;;) {
    const [waiting] = await query(
      server.url(),
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'`,
    );
    if (waiting !== undefined) return Number(waiting['pid']);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function socketDirectories(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('seren-pg-dump-'));
}

describe.each(runners)('the %s pg_dump', (kind, run) => {
  test('says which privilege is missing', async () => {
    const dump = run({ lend: lendFrom(urlOfRole()), args: ['--format=custom'], signal: deadline() });
    await expect(dump).rejects.toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining('permission denied for table busy') as unknown,
    });
  });

  test('gives up on a lock that another session does not let go of', async () => {
    await withLockedTable(async () => {
      const args = ['--format=custom', '--lock-wait-timeout=100'];
      const dump = run({ lend: lendFrom(server.url()), args, signal: deadline() });
      await expect(dump).rejects.toMatchObject({
        code: 'schema_dump_failed',
        message: expect.stringContaining('another session holds') as unknown,
      });
    });
  });

  test('is stopped by the signal, and leaves no session and no file behind', async () => {
    const before = await socketDirectories();
    await withLockedTable(async () => {
      const controller = new AbortController();
      const dump = run({
        lend: lendFrom(server.url()),
        args: ['--format=custom'],
        signal: controller.signal,
      });
      const ended = expect(dump).rejects.toMatchObject({ code: 'cancelled' });
      await waitingProcess();
      controller.abort();
      await ended;
    });
    expect(await socketDirectories()).toEqual(before);
    const sessions = `SELECT FROM pg_stat_activity WHERE query LIKE 'LOCK TABLE%' AND pid <> pg_backend_pid()`;
    while ((await query(server.url(), sessions)).length > 0) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  });

  test('does not begin when the signal was aborted while the connection was opened', async () => {
    const controller = new AbortController();
    const lend = lendFrom(server.url());
    const lendLate: typeof lend = async (signal) => {
      const connection = await lend(signal);
      controller.abort();
      return connection;
    };
    const dump = run({ lend: lendLate, args: ['--format=custom'], signal: controller.signal });
    await expect(dump).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('reports a connection that broke', async () => {
    await withLockedTable(async () => {
      const dump = run({ lend: lendFrom(server.url()), args: ['--format=custom'], signal: deadline() });
      const ended = expect(dump).rejects.toMatchObject({ code: 'connection_lost' });
      await query(server.url(), `SELECT pg_terminate_backend(${await waitingProcess()})`);
      await ended;
    });
  });

  test('explains itself when it does not like its arguments', async () => {
    const dump = run({ lend: lendFrom(server.url()), args: ['--snapshot=nonsense'], signal: deadline() });
    await expect(dump).rejects.toMatchObject({
      code: 'schema_dump_failed',
      message: expect.stringContaining('invalid snapshot identifier') as unknown,
    });
  });

  test('reads the schema as it was in the snapshot', async () => {
    await withSnapshot(server.url(), async (source) => {
      await query(server.url(), 'CREATE TABLE too_late ()');
      const { archive } = await dumpSchema(
        { log: silentLog, path },
        { ...source, lend: lendFrom(server.url()), choice: kind, signal: deadline() },
      );
      const tables = archive.entries.filter((entry) => entry.kind === 'TABLE').map(({ tag }) => tag);
      expect(tables).toEqual(['busy']);
    });
    await query(server.url(), 'DROP TABLE too_late');
  });
});

describe('a native pg_dump', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'seren-test-'));
  });
  afterAll(async () => rm(directory, { recursive: true }));

  test('gets neither the password nor our environment', async () => {
    const executable = join(directory, 'pg_dump');
    await writeFile(executable, '#!/bin/sh\necho "$@"\nenv\n');
    await chmod(executable, 0o755);
    const url = urlOfRole();
    await query(server.url(), 'GRANT SELECT ON busy TO nobody');
    const { output } = await runNativePgDump({
      executable,
      path,
      lend: lendFrom(url),
      args: ['--format=custom'],
      signal: deadline(),
    });
    const text = output.toString('utf8');
    expect(text).toContain('--format=custom --host=');
    expect(text).not.toContain(ROLE_PASSWORD);
    expect(text).not.toContain(String(server.port));
    const names = text.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    // The shell adds some of its own.
    expect(names.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).sort()).toEqual([
      'LC_ALL',
      'PATH',
      'PGPASSFILE',
    ]);
  });

  test('that cannot be run is reported', async () => {
    const lend = lendFrom(server.url());
    const executable = join(directory, 'not there');
    const dump = runNativePgDump({ executable, path, lend, args: [], signal: deadline() });
    await expect(dump).rejects.toMatchObject({ code: 'schema_dump_failed' });
  });
});

test('a client that was lent away does not notice its end', async () => {
  const client = new pg.Client(server.url());
  const errors: unknown[] = [];
  client.on('error', (error) => errors.push(error));
  await client.connect();
  const { lendConnection } = await import('../src/schema/lent-connection.ts');
  const connection = lendConnection(client, new Map());
  const closed = new Promise((resolve) => connection.once('close', resolve));
  connection.destroy();
  await closed;
  expect(errors).toEqual([]);
});
