import type { ApiError } from '@seren-replicator/job-models';
import type { z } from 'zod';
import { InvalidRequestError } from './answer-error.ts';

type Detail = NonNullable<ApiError['details']>[number];

/** The hook that every validated route shares. */
export function refuseInvalid(result: { success: true } | { success: false; error: z.core.$ZodError }): void {
  if (result.success) return;
  const details = result.error.issues.flatMap(detailsOf);
  const named = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new InvalidRequestError(`The request is not valid. ${named.slice(0, 3).join(' ')}`, details);
}

/** zod's messages name expectations and types, never values; an unknown field gets a path of its own. */
function detailsOf(issue: z.core.$ZodIssue): Detail[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ path: path.join('.'), message: sentence(issue.message) }];
  return issue.keys.map((key) => ({ path: [...path, key].join('.'), message: 'This field is not known.' }));
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
