import type { InitResult } from '@seren-replicator/job-models';
import type { EngineLog } from '../engine.ts';
import type { ProgressTracker } from '../progress/progress-tracker.ts';

/** Announces phases as they begin and keeps how long each took. */
export class PhaseTimer {
  readonly timings: InitResult['phases'] = [];
  readonly #progress: ProgressTracker;
  readonly #log: EngineLog;

  constructor(progress: ProgressTracker, log: EngineLog) {
    this.#progress = progress;
    this.#log = log;
  }

  get totalSeconds(): number {
    return this.timings.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  async run<Result>(phase: string, work: () => Promise<Result>): Promise<Result> {
    this.#progress.startPhase(phase);
    const startedAt = performance.now();
    const result = await work();
    const seconds = (performance.now() - startedAt) / 1000;
    this.#add(phase, seconds);
    this.#log.info({ phase, seconds }, 'phase done');
    return result;
  }

  /** Phases that come once for each database are summed up. */
  #add(phase: string, seconds: number): void {
    const timing = this.timings.find((earlier) => earlier.phase === phase);
    if (timing === undefined) this.timings.push({ phase, seconds });
    else timing.seconds += seconds;
  }
}
