export { namedApiKeys, type ApiKeys, type NamedKey } from './api/api-keys.ts';
export { invalidCursor } from './api/cursor.ts';
export type { JobLogs, LogLine } from './api/job-logs.ts';
export type { ApiDeps } from './api/api-deps.ts';
export { createApi } from './api/create-api.ts';
export { reconcile, type ReconcilerDeps, type ReconcileSummary } from './reconciler/reconcile.ts';
export { DEFAULT_RECONCILER_LIMITS, type ReconcilerLimits } from './reconciler/reconciler-limits.ts';
export type { Work, WorkerFleet, WorkerMachine, WorkOrder } from './reconciler/worker-fleet.ts';
