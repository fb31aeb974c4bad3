/**
 * Keeps the lease while the job runs: a heartbeat at an interval, and one with the progress when there is news. What
 * follows its source does so for weeks, and has news all the time: its progress goes with the heartbeats.
 * There is one loop, so that writes never overtake each other.
 *
 * The run is stopped when a heartbeat brings a cancel or is refused, and when none came through for as long as a
 * lease lasts: then another worker may have the job. That counts from when a heartbeat was sent, on a clock that
 * nobody sets, and does not wait for a request that hangs.
 */
import { describeError, jobProgressSchema, type JobProgress } from '@seren-replicator/job-models';
import { recordHeartbeat, type JobTable, type Lease } from '@seren-replicator/job-store';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Stop } from './stop.ts';
import type { WorkerTimes } from './worker-config.ts';

export interface HeldLease {
  /** Notes progress to be written soon; keeps only the latest. */
  reportProgress: (progress: JobProgress) => void;
  latestProgress: () => JobProgress | undefined;
  /** Ends the heartbeats; the last one has come through or failed by then. */
  release: () => Promise<void>;
}

interface HoldDeps {
  table: JobTable;
  log: Logger;
  now: () => Date;
}

interface HoldInput {
  lease: Lease;
  /** When the claim was sent, by `performance.now()`. */
  claimedAtMs: number;
  times: WorkerTimes;
  stop: Stop;
}

export function holdLease(deps: HoldDeps, input: HoldInput): HeldLease {
  const ending = new AbortController();
  const news = new LatestProgress(deps.log);
  const loop = beatUntil(ending.signal, deps, input, news);
  return {
    reportProgress: (progress) => news.report(progress),
    latestProgress: () => news.latest,
    release: async () => {
      ending.abort();
      await loop;
    },
  };
}

async function beatUntil(
  ended: AbortSignal,
  deps: HoldDeps,
  { lease, claimedAtMs, times, stop }: HoldInput,
  news: LatestProgress,
): Promise<void> {
  let lastSentMs = claimedAtMs;
  const loseLease = (): void => stop.now('lease_lost');
  let expiry = setTimeout(loseLease, claimedAtMs + times.leaseMs - performance.now());
  while (stop.reason !== 'lease_lost' && (await pause(times.progressMs, ended))) {
    const sentAtMs = performance.now();
    const isDue = news.isUrgent || sentAtMs >= lastSentMs + times.heartbeatMs;
    if (!isDue) continue;
    lastSentMs = sentAtMs;
    if (!(await beat(deps, { lease, times, stop }, news))) continue;
    clearTimeout(expiry);
    expiry = setTimeout(loseLease, sentAtMs + times.leaseMs - performance.now());
  }
  clearTimeout(expiry);
}

/** True when the lease is prolonged. */
async function beat(
  { table, log, now }: HoldDeps,
  { lease, times, stop }: Omit<HoldInput, 'claimedAtMs'>,
  news: LatestProgress,
): Promise<boolean> {
  const progress = news.take();
  try {
    const { moved, job } = await recordHeartbeat(table, lease, {
      now: now(),
      leaseMs: times.leaseMs,
      ...(progress === undefined ? {} : { progress }),
    });
    if (!moved) stop.now('lease_lost');
    else if (job.cancel_requested_at !== undefined) stop.now('cancel_requested');
    return moved;
  } catch (error) {
    log.warn({ failure: describeError(error) }, 'heartbeat failed');
    news.putBack();
    return false;
  }
}

/** The one progress that is worth writing. What cannot be stored is dropped: it must not cost the lease. */
class LatestProgress {
  latest: JobProgress | undefined;
  isUnwritten = false;
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  get isUrgent(): boolean {
    return this.isUnwritten && this.latest?.sync === undefined;
  }

  report(progress: JobProgress): void {
    if (!jobProgressSchema.safeParse(progress).success) {
      this.#log.warn({}, 'progress is not valid and was not reported');
      return;
    }
    this.latest = progress;
    this.isUnwritten = true;
  }

  take(): JobProgress | undefined {
    if (!this.isUnwritten) return undefined;
    this.isUnwritten = false;
    return this.latest;
  }

  putBack(): void {
    this.isUnwritten = this.latest !== undefined;
  }
}

/** False when it was cut short. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (!signal.aborted) throw error;
    return false;
  }
}
