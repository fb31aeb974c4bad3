/** Memory stays bounded however many objects there are: what a copy takes at its peak, as the system counts it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import { runCli, withDirectory } from './run-cli.ts';

const TABLES = 2_000;
const MAX_MEGABYTES = 250;
/** Runs in the command's process before anything else. */
const TELL_PEAK = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(2, 'peak ' + Math.round(process.resourceUsage().maxRSS / 1024) + ' MB'));`;

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres({ major: 17, settings: { max_locks_per_transaction: 256 } });
  const admin = new pg.Client({ connectionString: server.url() });
  await admin.connect();
  await admin.query('CREATE DATABASE many');
  await admin.end();
  const client = new pg.Client({ connectionString: server.url('many') });
  await client.connect();
  await client.query(`DO $$ BEGIN FOR i IN 1..${TABLES} LOOP
    EXECUTE format('CREATE TABLE t%s (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text DEFAULT %L)', i, 'x');
    EXECUTE format('INSERT INTO t%s (name) VALUES (%L)', i, 'a');
    EXECUTE format('CREATE INDEX ON t%s (name)', i);
    COMMIT; END LOOP; END $$`);
  await client.end();
});
afterAll(() => server.stop());

test(`a copy of ${TABLES} tables and its comparison take less than ${MAX_MEGABYTES} MB`, async () => {
  await withDirectory(async (directory) => {
    const tellPeak = join(directory, 'tell-peak.mjs');
    await writeFile(tellPeak, TELL_PEAK);
    const { exitCode, stdout, stderr } = await runCli(['init', '--local', '--no-sync', '--json'], {
      SEREN_SOURCE_URL: server.url('many'),
      SEREN_TARGET_URL: server.url('copy'),
      NODE_OPTIONS: `--import=${tellPeak}`,
    });
    expect(stderr).toMatch(/peak \d+ MB/);
    const { verification } = JSON.parse(stdout) as { verification: { tables: { equal: boolean }[] } };
    expect(verification.tables.filter(({ equal }) => equal)).toHaveLength(TABLES);
    expect(exitCode).toBe(0);
    expect(Number(/peak (\d+) MB/.exec(stderr)?.[1])).toBeLessThan(MAX_MEGABYTES);
  });
});
