import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { claimCutover } from '../cutover/claim-cutover.ts';
import { undoLeftCutover } from '../cutover/undo-cutover.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Servers } from '../session/server.ts';
import { describeFollowing } from './describe-following.ts';
import { findFollowed } from './find-followed.ts';
import { followAll, type Applied, type FollowedDatabase } from './follow-all.ts';
import { repairSync } from './repair-sync.ts';
import { stopSync } from './stop-sync.ts';
import type { SyncRecord } from './sync-record.ts';

/**
 * Goes on with what `init` has begun: makes whole what is missing of it, and applies changes where the target does not
 * do so itself, until it is told to end. Or ends all of it, and removes it from both sides.
 */
export async function sync(
  deps: EngineDeps,
  servers: Servers,
  { filter, options }: JobSpecification,
): Promise<CommandOutcome> {
  const startedAt = performance.now();
  const progress = new ProgressTracker(deps.onProgress);
  progress.startPhase('preflight');
  const databases = await findFollowed(servers, filter);
  if (!options.stop) databases.forEach(refuseUnfinished);
  const repaired: string[][] = [];
  for (const { servers: pair, record } of databases) {
    repaired.push(
      await holding(pair, () => (options.stop ? end(deps, pair, record) : goOn(deps, pair, record))),
    );
  }
  const applied = options.stop ? [] : await followAll(deps, progress, databases);
  progress.finish();
  const described = databases.map((database, index) => ({
    ...describeFollowing(database),
    ...appliedBy(applied[index]),
    repaired: repaired[index] ?? [],
  }));
  const seconds = (performance.now() - startedAt) / 1000;
  const outcome: CommandOutcome = {
    result: { command: 'sync', stopped: options.stop, databases: described, seconds },
    failure: null,
  };
  await deps.onDone?.(outcome);
  return outcome;
}

/** No cutover is under way meanwhile. */
async function holding<Result>({ target }: Servers, work: () => Promise<Result>): Promise<Result> {
  const claim = await claimCutover(target);
  try {
    return await work();
  } finally {
    await target.close(claim);
  }
}

/** @returns what was made whole, in words */
async function goOn(deps: EngineDeps, servers: Servers, record: SyncRecord): Promise<string[]> {
  const undone = await undoLeftCutover(deps, servers);
  return [...undone, ...(await repairSync(deps, servers, record))];
}

async function end(deps: EngineDeps, servers: Servers, record: SyncRecord): Promise<string[]> {
  if (record.cutover?.isPastReturn !== true) await undoLeftCutover(deps, servers);
  await stopSync(deps, servers, record);
  return [];
}

function refuseUnfinished({ servers, record }: FollowedDatabase): void {
  if (record.state === 'following') return;
  throw new ReplicatorError(
    'sync_missing',
    `The copy into the ${servers.target.describe()} was not finished, so there is nothing to follow yet; run init again, with the arguments that it was begun with.`,
  );
}

function appliedBy({ transactions, rows }: Applied = { transactions: 0, rows: 0 }): Applied {
  return { transactions, rows };
}
