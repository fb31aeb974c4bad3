/**
 * Workers, the job table, and the stack itself (API and reconciler) are killed at random moments while jobs run. All
 * jobs end as they were asked to, each done once. `./scripts/test --soak` runs 20 jobs and kills more.
 *
 * A job may lose two attempts; the third is its last. So no job is made to lose more.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isFinalState, type JobStatus } from '@seren-replicator/job-models';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DevStackProcess, temporaryDirectory } from './support/dev-stack-process.ts';
import { processesWith } from './support/processes.ts';
import { randomFrom } from './support/random.ts';
import { until } from './support/until.ts';

const isSoak = process.env['SEREN_SOAK'] === '1';
const JOBS = isSoak ? 20 : 6;
const WORKER_KILLS = isSoak ? 14 : 3;
const EMULATOR_KILLS = isSoak ? 4 : 1;
const DEADLINE_MS = isSoak ? 400_000 : 100_000;
const MOST_LOSSES = 2;
const SEED = Number(process.env['SEREN_CHAOS_SEED'] ?? Math.floor(Math.random() * 1e6));
const ROWS = 3_000;

const random = randomFrom(SEED);
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let postgres: PostgresServer;
let stack: DevStackProcess;
beforeAll(async () => {
  directory = await temporaryDirectory();
  postgres = await startPostgres({ major: 17 });
  await query(
    postgres.url(),
    ['a', 'b', 'c', 'd']
      .map(
        (name) =>
          `CREATE TABLE ${name} AS SELECT i, md5(i::text) AS text FROM generate_series(1, ${ROWS}) AS i`,
      )
      .join(';'),
  );
  stack = await startStack();
});
afterAll(async () => {
  await stack.end('SIGTERM');
  await postgres.stop();
  await directory.remove();
});

const startStack = (): Promise<DevStackProcess> =>
  DevStackProcess.start(directory.path, ['--max-workers', '4']);

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const contents = (database?: string): Promise<unknown[]> =>
  query(
    postgres.url(database),
    ['a', 'b', 'c', 'd']
      .map((name) => `SELECT '${name}', count(*), sum(hashtext(t::text)::int8) FROM ${name} AS t`)
      .join(' UNION ALL '),
  );

const submit = (index: number): Promise<string> =>
  stack.submit({
    command: 'init',
    source_url: postgres.url(),
    target_url: postgres.url(`copy_${index}`),
    options: { no_sync: true, jobs: 1, max_rate_bytes_per_second: 200_000 },
  });

const workersOf = (jobId: string) => processesWith(`SEREN_JOB_ID=${jobId}`);
const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)];
const readJobs = (jobIds: readonly string[]): Promise<JobStatus[]> =>
  Promise.all(jobIds.map((jobId) => stack.job(jobId)));

/** Ends what it kills without a word, and counts what each job loses by it. */
class Chaos {
  readonly #losses = new Map<string, number>();
  workers = WORKER_KILLS;
  emulators = EMULATOR_KILLS;
  stacks = 1;

  async strike(jobs: readonly JobStatus[]): Promise<void> {
    const unfinished = jobs.filter(({ status }) => !isFinalState(status)).map(({ job_id: jobId }) => jobId);
    // The end of the stack may cost each of them an attempt: that much is kept for it.
    const bearable = MOST_LOSSES - this.stacks;
    const mortal = unfinished.filter((jobId) => (this.#losses.get(jobId) ?? 0) < bearable);
    const kinds = [
      ...(this.workers > 0 ? [() => this.#killWorker(mortal)] : []),
      ...(this.emulators > 0 ? [() => this.#killEmulator()] : []),
      ...(this.stacks > 0 ? [() => this.#killStack(unfinished)] : []),
    ];
    await pick(kinds)?.();
  }

  async #killWorker(jobIds: readonly string[]): Promise<void> {
    const jobId = pick(jobIds);
    const [worker] = jobId === undefined ? [] : await workersOf(jobId);
    if (jobId === undefined || worker === undefined) return;
    this.#lose(jobId);
    this.workers -= 1;
    kill(worker.pid);
  }

  async #killEmulator(): Promise<void> {
    const [emulator] = await processesWith(`${directory.path}/dynamodb`);
    if (emulator === undefined) return;
    this.emulators -= 1;
    kill(emulator.pid);
  }

  async #killStack(jobIds: readonly string[]): Promise<void> {
    this.stacks -= 1;
    jobIds.forEach((jobId) => this.#lose(jobId));
    await stack.end('SIGKILL');
    stack = await until('the stack to start again', () => startStack().catch(() => null));
  }

  #lose(jobId: string): void {
    this.#losses.set(jobId, (this.#losses.get(jobId) ?? 0) + 1);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

test(
  `${JOBS} jobs outlive what is killed under them (SEREN_CHAOS_SEED=${SEED})`,
  async () => {
    const jobIds: string[] = [];
    for (let index = 0; index < JOBS; index += 1) jobIds.push(await submit(index));
    const chaos = new Chaos();
    const jobs = await until(
      'all jobs to end',
      async () => {
        const current = await readJobs(jobIds).catch(() => null);
        if (current === null) return null;
        if (current.every(({ status }) => isFinalState(status))) return current;
        await chaos.strike(current);
        await sleep(random() * 2_000);
        return null;
      },
      DEADLINE_MS,
    );
    expect(jobs.map(({ status, error }) => [status, error])).toEqual(jobs.map(() => ['completed', null]));
    // A run in which nothing was killed would prove nothing.
    expect([chaos.stacks, chaos.emulators < EMULATOR_KILLS, chaos.workers < WORKER_KILLS]).toEqual([
      0,
      true,
      true,
    ]);

    const source = await contents();
    for (const [index, { job_id: jobId, attempt }] of jobs.entries()) {
      expect(await contents(`copy_${index}`)).toEqual(source);
      const events = await stack.logEvents(jobId);
      const claims = events.filter(({ message }) => message === 'job claimed').length;
      expect(claims).toBeGreaterThanOrEqual(1);
      expect(claims).toBeLessThanOrEqual(attempt);
      // None where the worker was killed between the record and the line.
      expect(events.filter(({ end }) => end === 'completed').length).toBeLessThanOrEqual(1);
    }
    await until('the last worker to end', async () => {
      const workers = await processesWith(`SEREN_SEAL_KEY_FILE=${directory.path}`);
      return workers.length === 0;
    });
  },
  DEADLINE_MS + 60_000,
);
