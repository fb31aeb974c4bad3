import { ReplicatorError, type DatabaseStatus, type JobOptions } from '@seren-replicator/job-models';

/** What `status` fails with: a database that is broken, or one that is further behind than it may be. */
export function failureOf(
  databases: readonly DatabaseStatus[],
  { max_lag_seconds }: Pick<JobOptions, 'max_lag_seconds'>,
): ReplicatorError | null {
  const broken = databases.find(({ state }) => state === 'broken');
  if (broken !== undefined) return describeBroken(broken);
  if (max_lag_seconds === undefined) return null;
  const late = databases.find(({ lag_seconds }) => lag_seconds === null || lag_seconds > max_lag_seconds);
  return late === undefined ? null : describeLate(late, max_lag_seconds);
}

function describeBroken({ database, slot, attention: [cause] }: DatabaseStatus): ReplicatorError {
  const isLost = slot === null || slot.wal_status === 'lost';
  const why = cause === undefined ? '' : `: ${cause.message}; ${cause.fix}`;
  return new ReplicatorError(
    isLost ? 'slot_lost' : 'sync_conflict',
    `The target database ${database} does not follow its source any more${why}.`,
  );
}

function describeLate(
  { database, state, lag_seconds, attention: [cause] }: DatabaseStatus,
  maxLagSeconds: number,
): ReplicatorError {
  const how =
    lag_seconds === null
      ? `has not confirmed a mark in the source's log in time (it is ${state})`
      : `is ${lag_seconds.toFixed(1)} s behind its source`;
  const advice = cause === undefined ? 'wait, or see status for its rate' : `${cause.message}; ${cause.fix}`;
  return new ReplicatorError(
    'sync_lagging',
    `The target database ${database} ${how}, and may be ${maxLagSeconds} s behind: ${advice}.`,
  );
}
