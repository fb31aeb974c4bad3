import { ReplicatorError } from '@seren-replicator/job-models';
import type { Settings } from '../options/settings.ts';

/** `init` goes on to continuous sync by itself, which is still to come: until then it has to be told not to. */
export function refuseContinuousSync(settings: Settings): void {
  if (settings['no-sync'] === true) return;
  throw new ReplicatorError(
    'not_supported',
    'Continuous sync is not available yet; add --no-sync to copy the database once.',
  );
}
