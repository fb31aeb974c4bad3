import type { JobProgress } from '@seren-replicator/job-models';

/** Shows how far the work is. Closed once, however the work ended. */
export interface ProgressDisplay {
  update(progress: JobProgress): void;
  close(): void;
}

/** A stand-in for progress while a job waits for what does not report yet. */
export function waitingProgress(phase: string): JobProgress {
  return {
    phase,
    current_database: null,
    databases_completed: 0,
    databases_total: 0,
    tables_completed: 0,
    tables_total: 0,
    rows_copied: 0,
    bytes_copied: 0,
    bytes_total: 0,
    eta_seconds: null,
    active: [],
  };
}
