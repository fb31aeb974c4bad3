import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import type { Facts } from '../validate/gather-facts.ts';
import { describeDifferences, fingerprintOf } from './fingerprint.ts';

/** `resume`: go on from the checkpoint on the target. `fresh`: there is none, or it is not wanted. */
export type ResumeDecision = 'fresh' | 'resume';

/**
 * Whether a run goes on from what an earlier one has left on the target. That is the default; it takes the same source
 * and the same choice of rows and objects. A run that may drop what is there begins anew instead of asking.
 *
 * @throws ReplicatorError `resume_differs` naming what differs
 */
export function decideResume(
  facts: Facts,
  sourceDatabase: string,
  specification: JobSpecification,
): ResumeDecision {
  const { checkpoint } = facts.target;
  const { options } = specification;
  if (checkpoint === null || !options.resume) return 'fresh';
  const differences = describeDifferences(
    checkpoint.fingerprint,
    fingerprintOf(facts, sourceDatabase, specification),
  );
  if (differences.length === 0) return 'resume';
  if (options.drop_existing) return 'fresh';
  throw new ReplicatorError(
    'resume_differs',
    `The target holds an unfinished copy from ${checkpoint.startedAt.toISOString()} that was asked for differently (${differences.join('; ')}). Run the earlier command again to finish it, or add --drop-existing to begin anew.`,
  );
}
