export { namedApiKeys, type ApiKeys } from './api/api-keys.ts';
export type { ApiDeps } from './api/api-deps.ts';
export { createApi } from './api/create-api.ts';
export { reconcile, type ReconcilerDeps, type ReconcileSummary } from './reconciler/reconcile.ts';
export { DEFAULT_RECONCILER_LIMITS, type ReconcilerLimits } from './reconciler/reconciler-limits.ts';
export type { Work, WorkerFleet, WorkerMachine } from './reconciler/worker-fleet.ts';
