import type { ResumeDecision } from '../checkpoint/decide-resume.ts';
import type { Facts } from './gather-facts.ts';

/** What a run that is resumed has left on the target is its own: it does not count as something in the way. */
export function judgedFacts(facts: Facts, decision: ResumeDecision): Facts {
  if (decision === 'fresh') return facts;
  return { ...facts, target: { ...facts.target, userObjects: [] } };
}
