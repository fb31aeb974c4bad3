import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { CommandOutcome, EngineDeps } from '../engine.ts';
import { withTargetClaim } from '../checkpoint/claim-target.ts';
import { claimCutover } from '../cutover/claim-cutover.ts';
import { undoLeftCutover } from '../cutover/undo-cutover.ts';
import { ProgressTracker } from '../progress/progress-tracker.ts';
import type { Servers } from '../session/server.ts';
import { describeFollowing } from './describe-following.ts';
import { findFollowed } from './find-followed.ts';
import { followAll, type Applied, type FollowedDatabase } from './follow-all.ts';
import { goOnFollowing, type GoneOn } from './go-on-following.ts';
import { isHandedOver } from './is-handed-over.ts';
import { stopSync } from './stop-sync.ts';
import { findRecordOf } from './store-sync-record.ts';
import type { SyncRecord } from './sync-record.ts';

/**
 * Goes on with what `init` has begun: makes whole what is missing of it, and applies changes where the target does not
 * do so itself, until it is told to end. Or ends all of it, and removes it from both sides. What a cutover or somebody else
 * ends meanwhile is left out; when that is all of it, it is told as stopped.
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
  const going: (FollowedDatabase & GoneOn)[] = [];
  for (const { servers: pair, record } of databases) {
    if (options.stop) {
      await end(deps, pair, record);
      continue;
    }
    const goneOn = await goOnFollowing(deps, pair, record);
    if (goneOn !== null) going.push({ servers: pair, ...goneOn });
  }
  const applied = await followAll(deps, progress, going);
  progress.finish();
  const hasEnded = going.length === 0;
  const described = (hasEnded ? databases : going).map((database, index) => ({
    ...describeFollowing(database),
    ...appliedBy(applied[index]),
    repaired: going[index]?.repaired ?? [],
  }));
  const seconds = (performance.now() - startedAt) / 1000;
  const outcome: CommandOutcome = {
    result: { command: 'sync', stopped: hasEnded, databases: described, seconds },
    failure: null,
  };
  await deps.onDone?.(outcome);
  return outcome;
}

/**
 * What was begun and died is taken back first, so that all that belongs to it goes too. What a copy has made that is
 * under way is that copy's: it is refused then.
 */
async function end(deps: EngineDeps, servers: Servers, known: SyncRecord): Promise<void> {
  const { source, target } = servers;
  const read = () => target.withSession((session) => findRecordOf(session, known));
  const claim = await claimCutover(target);
  try {
    await withTargetClaim(target, deps.signal, async () => {
      const left = await read();
      const isOver = left !== null && (await source.withSession((session) => isHandedOver(session, left)));
      if (!isOver) await undoLeftCutover(deps, servers);
      const record = await read();
      if (record !== null) await stopSync(deps, servers, record);
    });
  } finally {
    await target.close(claim);
  }
}

function refuseUnfinished({ servers, record }: FollowedDatabase): void {
  if (record.state === 'following') return;
  if (record.state === 'prepared') {
    throw new ReplicatorError(
      'sync_missing',
      `The ${servers.target.describe()} is to follow once the cutover away from it is done: run that again, as it was begun, to finish it; or sync that way round, to take it back.`,
    );
  }
  throw new ReplicatorError(
    'sync_missing',
    `The copy into the ${servers.target.describe()} was not finished, so there is nothing to follow yet; run init again, with the arguments that it was begun with.`,
  );
}

function appliedBy({ transactions, rows }: Applied = { transactions: 0, rows: 0 }): Applied {
  return { transactions, rows };
}
