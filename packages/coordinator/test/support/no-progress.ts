import type { JobProgress } from '@seren-replicator/job-models';

/** Of a job that has not got anywhere yet. */
export const noProgress: JobProgress = {
  phase: 'starting',
  current_database: null,
  databases_completed: 0,
  databases_total: 1,
  tables_completed: 0,
  tables_total: 0,
  rows_copied: 0,
  bytes_copied: 0,
  bytes_total: 0,
  eta_seconds: null,
  active: [],
};
