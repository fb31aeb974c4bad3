/**
 * Many jobs at once, and many who ask. `./scripts/test --soak` takes 200 jobs; every run takes as many as show that
 * the cap holds.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isFinalState, type JobStatus } from '@seren-replicator/job-models';
import { startPostgres, type PostgresServer } from '@seren-replicator/local-servers';
import { DevStackProcess, temporaryDirectory } from './support/dev-stack-process.ts';
import { processesWith } from './support/processes.ts';
import { until } from './support/until.ts';

const isSoak = process.env['SEREN_SOAK'] === '1';
const JOBS = isSoak ? 200 : 15;
const CAP = isSoak ? 10 : 4;
const POLLS = 1_000;
const DEADLINE_MS = isSoak ? 600_000 : 60_000;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let postgres: PostgresServer;
let stack: DevStackProcess;
beforeAll(async () => {
  directory = await temporaryDirectory();
  postgres = await startPostgres({ major: 17 });
  stack = await DevStackProcess.start(directory.path, ['--max-workers', String(CAP)]);
});
afterAll(async () => {
  await stack.end('SIGTERM');
  await postgres.stop();
  await directory.remove();
});

/** Jobs that ran at the same time at most, by what their records say. */
function mostAtOnce(jobs: readonly JobStatus[]): number {
  const moments = jobs.flatMap(({ started_at: from, completed_at: to }) => [
    { at: from ?? '', change: 1 },
    { at: to ?? '', change: -1 },
  ]);
  // Of two at the same moment, the end first.
  moments.sort((a, b) => a.at.localeCompare(b.at) || a.change - b.change);
  let [now, most] = [0, 0];
  for (const { change } of moments) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}

test(
  `${JOBS} jobs submitted at once all end, with ${CAP} workers at a time, and ${POLLS} polls at once are answered`,
  async () => {
    const jobIds = await Promise.all(
      Array.from({ length: JOBS }, (_, index) =>
        stack.submit({
          command: 'verify',
          source_url: postgres.url(),
          // Every third is one that fails.
          target_url: index % 3 === 0 ? postgres.url('missing') : postgres.url('template1'),
        }),
      ),
    );
    expect(new Set(jobIds).size).toBe(JOBS);

    const asked = Array.from({ length: POLLS }, (_, index) => `/jobs/${jobIds[index % JOBS] ?? ''}`);
    const answers = await Promise.all(asked.map((path) => stack.request('GET', path)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);

    let mostProcesses = 0;
    const jobs = await until(
      'all jobs to end',
      async () => {
        const processes = await processesWith(`SEREN_SEAL_KEY_FILE=${directory.path}`);
        // A worker's own children, such as a pg_dump, have another program.
        const workers = processes.filter(({ commandLine }) => commandLine.trimEnd().endsWith('main.js'));
        mostProcesses = Math.max(mostProcesses, workers.length);
        const current = await Promise.all(jobIds.map((jobId) => stack.job(jobId)));
        return current.every(({ status }) => isFinalState(status)) && current;
      },
      DEADLINE_MS,
    );
    expect(jobs.map(({ status, attempt }, index) => [status, attempt, index % 3])).toEqual(
      jobs.map((_, index) => [index % 3 === 0 ? 'failed' : 'completed', 1, index % 3]),
    );
    expect(mostAtOnce(jobs)).toBeLessThanOrEqual(CAP);
    expect(mostAtOnce(jobs)).toBeGreaterThan(1);
    expect(mostProcesses).toBeLessThanOrEqual(CAP);
  },
  DEADLINE_MS + 60_000,
);
