import { isFinalState, type JobStatus } from '@seren-replicator/job-models';
import { keepAsking, type Asking } from './keep-asking.ts';
import type { ServiceClient } from './service-client.ts';

export interface WatchInput extends Pick<Asking<JobStatus>, 'isKnown' | 'onTrouble' | 'onRecovery'> {
  jobId: string;
  onStatus: (status: JobStatus) => void;
}

export interface WatchDeps {
  client: Pick<ServiceClient, 'pollJob'>;
  signal: AbortSignal;
}

/**
 * Follows a job to its end, and resolves to its final status.
 *
 * @throws what `keepAsking` throws
 */
export function watchJob({ client, signal }: WatchDeps, input: WatchInput): Promise<JobStatus> {
  const { jobId, onStatus, ...asking } = input;
  return keepAsking(signal, {
    ...asking,
    ask: () => client.pollJob(jobId),
    onAnswer: (status) => {
      onStatus(status);
      return isFinalState(status.status) ? 'done' : 'later';
    },
  });
}
