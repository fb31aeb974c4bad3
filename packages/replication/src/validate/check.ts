/** What a check is, and the words to judge with. */
import type { Check, ErrorCode, JobOptions } from '@seren-replicator/job-models';
import type { Facts } from './gather-facts.ts';

export interface PreflightCheck extends Check {
  /** What a run ends with when this check fails. */
  code: ErrorCode;
}

export interface CheckInput {
  facts: Facts;
  targetDatabase: string;
  options: JobOptions;
}

export type Verdict = Pick<Check, 'status' | 'message' | 'fix'>;

/** One precondition: its stable name, what a run ends with where it does not hold, and how facts are judged. */
export interface CheckDefinition {
  name: string;
  code: ErrorCode;
  judge: (input: CheckInput) => Verdict;
}

const MAX_NAMES = 5;

export function pass(message: string): Verdict {
  return { status: 'pass', message, fix: null };
}

export function warn(message: string, fix: string | null): Verdict {
  return { status: 'warn', message, fix };
}

export function fail(message: string, fix: string): Verdict {
  return { status: 'fail', message, fix };
}

/** The first few, and how many more. */
export function nameSome(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
  return names.slice(0, MAX_NAMES).join(', ') + more;
}

export function firstFew<Item>(items: readonly Item[]): Item[] {
  return items.slice(0, MAX_NAMES);
}
