import type { ReplicatorError } from '@seren-replicator/job-models';

/** A message is a sentence or two; what a server adds to it has no bound, and a record does. */
const MAX_ERROR_LENGTH = 4_000;

export function describeFailure(failure: ReplicatorError): { error: string; error_code: string } {
  const { message, code } = failure;
  // By characters: half of one would be refused, and the end of the job with it.
  const error = message.length <= MAX_ERROR_LENGTH ? message : cut(message);
  return { error, error_code: code };
}

function cut(message: string): string {
  return `${Array.from(message.slice(0, MAX_ERROR_LENGTH)).slice(0, -1).join('')}…`;
}
