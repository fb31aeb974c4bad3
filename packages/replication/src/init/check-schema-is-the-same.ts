import { ReplicatorError } from '@seren-replicator/job-models';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { keyOf } from '../checkpoint/entry-key.ts';
import { isLoan } from '../restore/lend-privileges.ts';
import type { RestorePlan } from '../schema/restore-plan.ts';

/**
 * What an earlier run has created must still be what the source has: a table whose columns have changed since cannot be
 * gone on with. What is new at the source is simply not done yet.
 *
 * @throws ReplicatorError `resume_differs` naming an object
 */
export function checkSchemaIsTheSame(checkpoint: Checkpoint, plan: RestorePlan): void {
  const items = plan.afterData.map(({ entry }) => entry);
  const entries = [...plan.beforeData, ...items, ...plan.privileges, ...plan.afterPrivileges];
  const present = new Set(entries.map(keyOf));
  const gone = [...checkpoint.doneKeys].filter((key) => !isLoan(key) && !present.has(key));
  const [first] = gone;
  if (first === undefined) return;
  throw new ReplicatorError(
    'resume_differs',
    `The source's schema has changed since the copy was interrupted (${gone.length} objects, among them ${describeKey(first)}); add --drop-existing to begin anew.`,
  );
}

/** Without the digest at the end. */
function describeKey(key: string): string {
  return key.slice(0, key.lastIndexOf(' ')).toLowerCase();
}
