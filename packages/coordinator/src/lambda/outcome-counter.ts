import {
  EXIT_CODES,
  exitCodeFor,
  isFinalState,
  isFollower,
  type ErrorCode,
} from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import type { MetricName, Metrics } from '../metrics.ts';

/** What is seen later was seen before, by another process; what is counted, not what is billed. */
const RECENT_MS = 120_000;
const MAX_REMEMBERED = 10_000;

const endings: Partial<Record<JobRecord['status'], MetricName>> = {
  completed: 'JobsCompleted',
  failed: 'JobsFailed',
  cancelled: 'JobsCancelled',
};

/** How a job ends that no worker ends. */
const UNTOLD: ReadonlySet<string> = new Set<ErrorCode>([
  'timeout',
  'worker_lost',
  'worker_start_failed',
  'internal',
]);

/**
 * Counts starts and ends of jobs from what changes in their records. A change is told with the job's id alone, and the
 * record may be further by then, so that a start or an end is met several times: each is counted once for a process.
 */
export class OutcomeCounter {
  readonly #metrics: Metrics;
  readonly #counted = new Set<string>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  look(job: JobRecord, now: Date): void {
    const { job_id: jobId, started_at: startedAt, completed_at: completedAt } = job;
    if (startedAt !== undefined && this.#isNew(`${jobId} started`, startedAt, now)) {
      this.#metrics.add('JobsStarted', 1);
      this.#metrics.add('SecondsToStart', (Date.parse(startedAt) - Date.parse(job.created_at)) / 1_000);
    }
    const ending = endings[job.status];
    if (ending === undefined || !isFinalState(job.status) || completedAt === undefined) return;
    if (!this.#isNew(`${jobId} ended`, completedAt, now)) return;
    this.#metrics.add(ending, 1);
    if (ending !== 'JobsCompleted' && mayLeaveSlot(job)) this.#metrics.add('SyncsAbandoned', 1);
    if (ending !== 'JobsCompleted' && mayLeaveSource(job)) this.#metrics.add('CutoversUnfinished', 1);
  }

  #isNew(what: string, at: string, now: Date): boolean {
    if (this.#counted.has(what) || now.getTime() - Date.parse(at) > RECENT_MS) return false;
    // The oldest go first.
    for (const oldest of this.#counted) {
      if (this.#counted.size < MAX_REMEMBERED) break;
      this.#counted.delete(oldest);
    }
    this.#counted.add(what);
    return true;
  }
}

/**
 * Whether a source may keep its log for a job that has ended. `sync` goes on with a slot that is there, unless its call
 * was wrong; `init` makes one when its preflight has passed.
 */
function mayLeaveSlot(job: JobRecord): boolean {
  const { command, specification, error_code: code } = job;
  if (!isFollower(specification)) return false;
  if (command === 'sync') return code === undefined || exitCodeFor(code) !== EXIT_CODES.usage;
  return hasBegun(job);
}

/** Whether a cutover has ended in its middle: its worker says so, or none was left to say how it ended. */
function mayLeaveSource(job: JobRecord): boolean {
  const { command, error_code: code } = job;
  if (command !== 'cutover') return false;
  if (code === 'cutover_unfinished') return true;
  const isUntold = code === undefined || UNTOLD.has(code);
  return isUntold && hasBegun(job);
}

/** Whether it may have changed something. */
function hasBegun({ attempt, progress }: JobRecord): boolean {
  return attempt > 1 || (progress !== undefined && progress.phase !== 'preflight');
}
