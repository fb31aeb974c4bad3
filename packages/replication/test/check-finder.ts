/** `validate` as tests ask it: the checks by name. */
import type { Check, ValidateResult } from '@seren-replicator/job-models';
import { run, type RunInput } from './database-pair.ts';

export interface Validation {
  checks: Check[];
  failureCode: string | undefined;
  /** @throws when there is no such check: a name that is gone must not pass for one that is fine */
  find: (name: string) => Check;
}

export async function validate(input: Omit<RunInput, 'command'>): Promise<Validation> {
  const { result, failure } = await run({ ...input, command: 'validate' });
  const { checks } = result as ValidateResult;
  return {
    checks,
    failureCode: failure?.code,
    find: (name) => {
      const check = checks.find((candidate) => candidate.name === name);
      if (check === undefined) throw new Error(`no check is named ${name}`);
      return check;
    },
  };
}

/** A URL with another user, whose password is the name. */
export function asUser(url: string, user: string): string {
  return url.replace(/\/\/[^@]*@/, `//${user}:${user}@`);
}
