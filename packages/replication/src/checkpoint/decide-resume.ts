import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { JobIdentity } from '../engine.ts';
import type { Facts } from '../validate/gather-facts.ts';
import { describeDifferences, fingerprintOf } from './fingerprint.ts';

type ResumeSpecification = Pick<JobSpecification, 'filter' | 'options'>;

/**
 * `resume`: go on from the checkpoint on the target. `follow`: the copy is done, and followed already. `ended`: it was,
 * by an earlier attempt, and is not any more; what the target holds is its users'. `fresh`: there is none of these, or it
 * is not wanted.
 */
export type ResumeDecision = 'fresh' | 'resume' | 'follow' | 'ended';

/**
 * Whether a run goes on from what an earlier one has left on the target. That is the default; it takes the same source
 * and the same choice of rows and objects. A run that may drop what is there begins anew instead of asking, unless it is
 * its own job that is followed: what was to be dropped is gone since.
 *
 * @throws ReplicatorError `resume_differs` naming what differs
 */
export function decideResume(
  facts: Facts,
  sourceDatabase: string,
  specification: ResumeSpecification,
  job?: JobIdentity,
): ResumeDecision {
  if (isOwn(facts, job) || isFollowing(facts, sourceDatabase, specification)) return 'follow';
  if (job?.hasFollowed === true) return 'ended';
  const obstacle = describeObstacle(facts, sourceDatabase, specification);
  if (obstacle !== null) throw new ReplicatorError('resume_differs', obstacle);
  const isWanted = facts.target.checkpoint !== null && specification.options.resume;
  return isWanted && differencesOf(facts, sourceDatabase, specification).length === 0 ? 'resume' : 'fresh';
}

function isOwn({ target: { sync } }: Facts, job: JobIdentity | undefined): boolean {
  return job !== undefined && sync?.state === 'following' && sync.job === job.id;
}

function isFollowing(facts: Facts, sourceDatabase: string, specification: ResumeSpecification): boolean {
  const { sync } = facts.target;
  const { options } = specification;
  if (sync?.state !== 'following' || options.no_sync || options.drop_existing) return false;
  return (
    describeDifferences(sync.fingerprint, fingerprintOf(facts, sourceDatabase, specification)).length === 0
  );
}

/** Why an unfinished copy on the target can neither be gone on with nor dropped, in sentences; null when it can. */
export function describeObstacle(
  facts: Facts,
  sourceDatabase: string,
  specification: ResumeSpecification,
): string | null {
  const { checkpoint } = facts.target;
  const { options } = specification;
  if (checkpoint === null || !options.resume || options.drop_existing) return null;
  const differences = differencesOf(facts, sourceDatabase, specification);
  if (differences.length === 0) return null;
  return `The target holds an unfinished copy from ${checkpoint.startedAt.toISOString()} that was asked for differently (${differences.join('; ')}). Run the earlier command again to finish it, or add --drop-existing to begin anew.`;
}

function differencesOf(facts: Facts, sourceDatabase: string, specification: ResumeSpecification): string[] {
  const { checkpoint } = facts.target;
  if (checkpoint === null) return [];
  return describeDifferences(checkpoint.fingerprint, fingerprintOf(facts, sourceDatabase, specification));
}
