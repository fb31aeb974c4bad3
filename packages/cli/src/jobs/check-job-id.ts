import { ReplicatorError } from '@seren-replicator/job-models';

/** Refuses what cannot be a job, before it becomes part of a URL's path. */
export function checkJobId(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(text)) return text;
  throw new ReplicatorError(
    'invalid_request',
    'A job is named by its id of letters, digits and "-"; "seren-replicator jobs list" shows them.',
  );
}
