/**
 * The tour that `scripts/demo` gives: two PostgreSQL servers and the whole service on this machine, a sample database
 * replicated through it and verified. Everything started here is stopped here, also after Ctrl-C.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withPostgres } from '@seren-replicator/local-servers';
import pg from 'pg';
import { runCli } from './demo/run-cli.ts';
import { CREATE_SAMPLE, SAMPLE_DATABASE } from './demo/sample-database.ts';
import { startStack } from './demo/start-stack.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

async function createSample(serverUrl: string, databaseUrl: string): Promise<void> {
  for (const [url, sql] of [
    [serverUrl, `CREATE DATABASE ${SAMPLE_DATABASE}`],
    [databaseUrl, CREATE_SAMPLE],
  ] as const) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

async function demo(signal: AbortSignal): Promise<number> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'seren-demo-'));
  try {
    return await withPostgres({ major: 17 }, (source) =>
      withPostgres({ major: 18 }, async (target) => {
        say(
          `Two PostgreSQL servers: source (17) on port ${source.port}, target (18) on port ${target.port}.`,
        );
        await createSample(source.url(), source.url(SAMPLE_DATABASE));
        say(`A sample database "${SAMPLE_DATABASE}" on the source.`);
        const stack = await startStack(dataDirectory, signal);
        say(
          `The service: HTTP API at ${stack.remoteApi}, job table, reconciler; workers are started per job.`,
        );
        try {
          const input = {
            stack,
            sourceUrl: source.url(SAMPLE_DATABASE),
            targetUrl: target.url(SAMPLE_DATABASE),
            signal,
          };
          for (const command of ['validate --no-sync', 'init --no-sync', 'verify', 'jobs list']) {
            const code = await runCli(command.split(' '), input);
            if (code !== 0) return code;
          }
          say('\nDone: the sample went from 17 to 18 through the service, and both sides are equal.');
          return 0;
        } finally {
          await stack.stop();
        }
      }),
    );
  } finally {
    await rm(dataDirectory, { recursive: true, force: true });
    say('Everything that was started is stopped.');
  }
}

const interrupting = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupting.abort());
try {
  process.exitCode = await demo(interrupting.signal);
} catch (error) {
  if (!interrupting.signal.aborted) throw error;
  process.exitCode = 130;
}
