import { ReplicatorError } from '@seren-replicator/job-models';
import type { SealContext } from './url-sealer.ts';

export function sealBroken({ jobId, side }: SealContext, cause?: unknown): ReplicatorError {
  return new ReplicatorError(
    'seal_broken',
    `The ${side} URL of job ${jobId} cannot be opened: it was sealed with another key or for another job. Submit the job again.`,
    { cause },
  );
}
