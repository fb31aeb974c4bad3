import type { ApiError } from '@seren-replicator/job-models';
import type * as z from 'zod';
import { redactUrls } from '../redact-urls.ts';
import { InvalidRequestError } from './answer-error.ts';

/** Enough to mend a request by; a list may be wrong in each of its places. */
const MAX_DETAILS = 50;
const MAX_PATH_LENGTH = 200;

type Detail = NonNullable<ApiError['details']>[number];

/** The hook that every validated route shares. */
export function refuseInvalid(result: { success: true } | { success: false; error: z.core.$ZodError }): void {
  if (result.success) return;
  const details = result.error.issues.flatMap(detailsOf).slice(0, MAX_DETAILS);
  const named = details.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
  throw new InvalidRequestError(`The request is not valid. ${named.slice(0, 3).join(' ')}`, details);
}

/** zod's messages name expectations and types, never values; an unknown field gets a path of its own. */
function detailsOf(issue: z.core.$ZodIssue): Detail[] {
  const path = issue.path.map(String);
  if (issue.code !== 'unrecognized_keys') return [{ path: showPath(path), message: sentence(issue.message) }];
  return issue.keys.map((key) => ({ path: showPath([...path, key]), message: 'This field is not known.' }));
}

/** Names of unknown fields are the caller's, whatever they are. */
function showPath(path: readonly string[]): string {
  const text = redactUrls(path.join('.'));
  return text.length <= MAX_PATH_LENGTH ? text : `${text.slice(0, MAX_PATH_LENGTH)}…`;
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`;
}
