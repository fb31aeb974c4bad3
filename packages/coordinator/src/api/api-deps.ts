import type { Secret } from '@seren-replicator/job-models';
import type { JobTable } from '@seren-replicator/job-store';
import type { Reach } from '@seren-replicator/reach';
import type { UrlSealer } from '@seren-replicator/sealing';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ApiKeys } from './api-keys.ts';
import type { JobLogs } from './job-logs.ts';

export interface ApiDeps {
  table: JobTable;
  sealer: Pick<UrlSealer, 'seal'>;
  /** What jobs may connect to; judged again by the worker. */
  reach: Pick<Reach, 'checkUrl'>;
  apiKeys: ApiKeys;
  logs: JobLogs;
  log: Log;
  metrics: Metrics;
  now: () => Date;
  /** What `GET /health` names. */
  version: string;
  /** Unfinished jobs that an owner may have. */
  maxJobsPerOwner: number;
  /** Called after a job was submitted or asked to be cancelled; a hint, the reconciler comes by anyway. */
  onJobChange: (change: { jobId: string; what: 'submitted' | 'cancel_requested' }) => void;
}

/** What middleware leaves for handlers. */
export interface ApiEnv {
  Variables: { owner: string; apiKey: Secret };
}
