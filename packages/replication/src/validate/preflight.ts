import { ReplicatorError, type JobOptions } from '@seren-replicator/job-models';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import { gatherFacts, type Facts } from './gather-facts.ts';
import { listChecks } from './list-checks.ts';

/** @throws ReplicatorError with the code of the first precondition that does not hold, naming all of them */
export async function preflight({ servers, rules }: DatabaseScope, options: JobOptions): Promise<Facts> {
  const facts = await gatherFacts(servers, rules);
  const checks = listChecks({ facts, targetDatabase: servers.target.database, options });
  const failed = checks.filter(({ status }) => status === 'fail');
  const [first] = failed;
  if (first === undefined) return facts;
  const sentences = failed.map(
    ({ message, fix }) => `${capitalize(message)}; to mend it: ${fix ?? 'see above'}.`,
  );
  throw new ReplicatorError(first.code, sentences.join(' '));
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
