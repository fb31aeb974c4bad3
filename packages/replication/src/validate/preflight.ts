import { ReplicatorError, type JobSpecification } from '@seren-replicator/job-models';
import { decideResume, type ResumeDecision } from '../checkpoint/decide-resume.ts';
import type { JobIdentity } from '../engine.ts';
import type { DatabaseScope } from '../scope/plan-scope.ts';
import type { PreflightCheck } from './check.ts';
import { gatherFacts, type Facts } from './gather-facts.ts';
import { judgedFacts } from './judged-facts.ts';
import { listChecks } from './list-checks.ts';

export interface PassedPreflight {
  facts: Facts;
  decision: ResumeDecision;
  warnings: PreflightCheck[];
}

/**
 * Where nothing is to be copied, because it follows or did, nothing is checked either.
 *
 * @throws ReplicatorError with the code of the first precondition that does not hold, naming all of them
 */
export async function preflight(
  { servers, rules }: DatabaseScope,
  specification: JobSpecification,
  job?: JobIdentity,
): Promise<PassedPreflight> {
  const facts = await gatherFacts(servers, rules);
  const decision = decideResume(facts, servers.source.database, specification, job);
  if (decision === 'follow' || decision === 'ended') return { facts, decision, warnings: [] };
  const { filter, options } = specification;
  const checks = listChecks({
    facts: judgedFacts(facts, decision),
    sourceDatabase: servers.source.database,
    targetDatabase: servers.target.database,
    filter,
    options,
  });
  const failed = checks.filter(({ status }) => status === 'fail');
  const [first] = failed;
  if (first === undefined) {
    return { facts, decision, warnings: checks.filter(({ status }) => status === 'warn') };
  }
  const sentences = failed.map(
    ({ message, fix }) =>
      `${capitalize(message)}${fix === null ? '' : `; to mend it: ${fix.replaceAll('\n', ' ')}`}.`,
  );
  throw new ReplicatorError(first.code, sentences.join(' '));
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
