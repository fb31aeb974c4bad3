/** A worker that is ended in the middle of a copy: what it had finished is not copied again. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import pg from 'pg';
import { DevStackProcess, temporaryDirectory } from './support/dev-stack-process.ts';
import { processesWith } from './support/processes.ts';
import { until } from './support/until.ts';

const TABLES = 6;
/** About 6 × 0.4 MB, in six seconds: time enough to come in between. */
const BYTES_PER_SECOND = 400_000;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let postgres: PostgresServer;
let stack: DevStackProcess;
beforeAll(async () => {
  directory = await temporaryDirectory();
  postgres = await startPostgres({ major: 17 });
  stack = await DevStackProcess.start(directory.path);
  const client = new pg.Client({ connectionString: postgres.url() });
  await client.connect();
  for (let table = 1; table <= TABLES; table += 1) {
    await client.query(
      `CREATE TABLE t${table} AS SELECT i, repeat('x', 80) AS text FROM generate_series(1, 4000) AS i`,
    );
  }
  await client.end();
});
afterAll(async () => {
  await stack.end('SIGTERM');
  await postgres.stop();
  await directory.remove();
});

test.each(['SIGKILL', 'SIGTERM'] as const)('by %s', async (signal) => {
  const jobId = await stack.submit({
    command: 'init',
    source_url: postgres.url(),
    target_url: postgres.url(`after_${signal.toLowerCase()}`),
    options: { no_sync: true, jobs: 1, max_rate_bytes_per_second: BYTES_PER_SECOND },
  });
  const { progress } = await until('some finished tables', async () => {
    const job = await stack.job(jobId);
    return (job.progress?.tables_completed ?? 0) >= 2 && job;
  });
  const [worker] = await processesWith(`SEREN_JOB_ID=${jobId}`);
  expect(worker).toBeDefined();
  if (worker !== undefined) process.kill(worker.pid, signal);

  const { attempt, result } = await stack.jobIn('completed', jobId);
  expect(attempt).toBe(2);
  const kept = result?.command === 'init' ? (result.resumed?.parts_kept ?? 0) : 0;
  expect(kept).toBeGreaterThanOrEqual(progress?.tables_completed ?? Infinity);
  expect(kept).toBeLessThan(TABLES);
  const comparisons = result?.command === 'init' ? (result.verification?.tables ?? []) : [];
  expect(comparisons.map(({ equal, source_rows }) => [equal, source_rows])).toEqual(
    Array.from({ length: TABLES }, () => [true, 4000]),
  );
  const events = await stack.logEvents(jobId);
  expect(events.filter(({ message }) => message === 'job claimed')).toHaveLength(2);
});
