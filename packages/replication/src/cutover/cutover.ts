import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Servers } from '../session/server.ts';
import { withRespite } from '../session/with-servers.ts';
import { dropSyncRecord } from '../sync/store-sync-record.ts';
import type { SyncRecord } from '../sync/sync-record.ts';
import type { CutoverContext } from './cutover-context.ts';
import { findDatabases } from './find-databases.ts';
import { planSteps } from './plan-steps.ts';
import { readPausedAt } from './read-paused-at.ts';
import { runSteps } from './run-steps.ts';

/**
 * Ends continuous sync with nothing lost, and leaves a target that applications can write to. Every database in scope
 * passes the preflight before one is touched. What fails before the point of no return leaves everything as it was;
 * what dies after it is finished by the next run.
 */
export async function cutover(
  deps: EngineDeps,
  servers: Servers,
  { filter, options }: JobSpecification,
): Promise<CommandOutcome> {
  const found = await findDatabases(deps, servers, { filter, isClaiming: !options.dry_run });
  const context: CutoverContext = {
    deps,
    options,
    progress: new ProgressTracker(deps.onProgress),
    databases: found.filter(({ record }) => record.cutover?.isPastReturn !== true),
    handedOver: found.filter(({ record }) => record.cutover?.isPastReturn === true),
    pausedAt: await readPausedAt(found),
    isPastReturn: false,
    verification: null,
  };
  if (options.dry_run) return planSteps(context, servers);
  const outcome = await runSteps(context, servers);
  if (outcome.failure !== null) return outcome;
  context.progress.finish();
  await deps.onDone?.(outcome);
  for (const { scope, record } of found) {
    await withRespite(scope.servers, (servers) => dropRecord(deps, servers, record));
  }
  return outcome;
}

/** The work is done by then, and said to be: a record that stays is ended by the next run, or by sync --stop. */
async function dropRecord({ log }: EngineDeps, { target }: Servers, record: SyncRecord): Promise<void> {
  try {
    await target.withSession((session) => dropSyncRecord(session, record));
  } catch (error) {
    const reason = error instanceof ReplicatorError ? error.message : (error as Error).name;
    log.warn({ database: target.database, reason }, 'the record of continuous sync could not be dropped');
  }
}
