/**
 * Follows a job to its end. Once the job is known to exist, no failed poll ends the watch: laptops sleep, networks
 * change, services restart, and the job goes on meanwhile. Only a lasting refusal does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isFinalState, type JobStatus } from '@seren-replicator/job-models';
import type { ServiceClient } from './service-client.ts';
import { isPassing, type ServiceError } from './service-error.ts';

const FIRST_INTERVAL_MS = 1_000;
const LONGEST_INTERVAL_MS = 3_000;
const INTERVAL_GROWTH = 1.2;
const TROUBLE_INTERVAL_GROWTH = 1.5;
/** While the service does not answer. */
const LONGEST_TROUBLE_INTERVAL_MS = 15_000;
/** Honoured up to here: a service that asks for an hour is not waited for that long. */
const LONGEST_RETRY_AFTER_MS = 60_000;

export interface WatchInput {
  jobId: string;
  /** False while nothing shows that service and job are there: then the first failure ends the watch. */
  isKnown: boolean;
  onStatus: (status: JobStatus) => void;
  onTrouble: (error: ServiceError) => void;
  onRecovery: () => void;
}

export interface WatchDeps {
  client: Pick<ServiceClient, 'pollJob'>;
  signal: AbortSignal;
}

/** @throws ServiceError on a lasting refusal; an AbortError when the signal is aborted. */
export async function watchJob({ client, signal }: WatchDeps, input: WatchInput): Promise<JobStatus> {
  let { isKnown } = input;
  let intervalMs = FIRST_INTERVAL_MS;
  let isInTrouble = false;
  for (;;) {
    signal.throwIfAborted();
    try {
      const status = await client.pollJob(input.jobId);
      if (isInTrouble) {
        input.onRecovery();
        intervalMs = FIRST_INTERVAL_MS;
      }
      isInTrouble = false;
      isKnown = true;
      input.onStatus(status);
      if (isFinalState(status.status)) return status;
      intervalMs = Math.min(intervalMs * INTERVAL_GROWTH, LONGEST_INTERVAL_MS);
    } catch (error) {
      if (!isKnown || !isPassing(error)) throw error;
      if (!isInTrouble) input.onTrouble(error);
      isInTrouble = true;
      intervalMs = Math.min(intervalMs * TROUBLE_INTERVAL_GROWTH, LONGEST_TROUBLE_INTERVAL_MS);
      intervalMs = Math.max(intervalMs, Math.min(error.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
    }
    await sleep(intervalMs, undefined, { signal });
  }
}
