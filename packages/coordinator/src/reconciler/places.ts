import type { JobRecord } from '@seren-replicator/job-store';
import type { Work, WorkerMachine } from './worker-fleet.ts';

/**
 * How many machines there may be. A machine that was asked for has its place before a list shows it, and one that is
 * asked for again does not get a second one.
 */
export class Places {
  readonly #most: number;
  readonly #taken: Set<string>;

  constructor(
    most: number,
    { jobs, machines }: { jobs: readonly JobRecord[]; machines: readonly WorkerMachine[] },
  ) {
    this.#most = most;
    const alive = machines.filter(({ state }) => state === 'alive');
    const askedFor = jobs.filter((job) => job.machine_requested_at !== undefined && !isGone(job, machines));
    this.#taken = new Set([
      ...alive.map(keyOf),
      ...askedFor.map(({ job_id: jobId, attempt }) => keyOf({ jobId, attempt })),
    ]);
  }

  take(work: Work): boolean {
    const isTaken = this.#taken.has(keyOf(work)) || this.#taken.size < this.#most;
    if (isTaken) this.#taken.add(keyOf(work));
    return isTaken;
  }
}

function isGone(job: JobRecord, machines: readonly WorkerMachine[]): boolean {
  const own = machines.filter(({ jobId, attempt }) => jobId === job.job_id && attempt === job.attempt);
  return own.length > 0 && own.every(({ state }) => state === 'gone');
}

function keyOf({ jobId, attempt }: Work): string {
  return `${jobId}/${attempt}`;
}
