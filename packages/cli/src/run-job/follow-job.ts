import { isFinalState, ReplicatorError, type JobStatus } from '@seren-replicator/job-models';
import type { CommandContext } from '../command-definition.ts';
import { waitingProgress, type ProgressDisplay } from '../output/progress-display.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { watchJob } from '../service/watch-job.ts';
import { JobError } from './job-error.ts';

export interface FollowInput {
  client: ServiceClient;
  jobId: string;
  /** True when the service has just confirmed the job. */
  isKnown: boolean;
  display: ProgressDisplay;
  /** Given every answer, the final one too. */
  onStatus?: (status: JobStatus) => void;
}

/**
 * Shows a job's progress until it ends. Interrupting it leaves the job running and says how to come back.
 *
 * @throws JobError when the watch had to end before the job.
 */
export async function followJob(context: CommandContext, input: FollowInput): Promise<JobStatus> {
  const { deps, output } = context;
  const { client, jobId, isKnown, display } = input;
  try {
    return await watchJob(
      { client, signal: deps.signal },
      {
        jobId,
        isKnown,
        onStatus: (status) => {
          input.onStatus?.(status);
          if (!isFinalState(status.status))
            display.update(status.progress ?? waitingProgress(phaseOf(status)));
        },
        onTrouble: ({ reason }) =>
          output.warn(`The service does not answer (${reason}). The job goes on; still asking.`),
        onRecovery: () => output.warn('The service answers again.'),
      },
    );
  } catch (error) {
    if (deps.signal.aborted) throw interruptedWatch(jobId, error);
    if (isKnown && error instanceof ReplicatorError)
      throw new JobError(error.code, error.message, jobId, error);
    throw error;
  } finally {
    display.close();
  }
}

function phaseOf({ status, attempt }: JobStatus): string {
  const nth = attempt > 1 ? ` (attempt ${attempt})` : '';
  return status === 'provisioning' ? `waiting for a worker${nth}` : `starting${nth}`;
}

function interruptedWatch(jobId: string, cause: unknown): JobError {
  return new JobError(
    'interrupted',
    `No longer watching; the job goes on. To watch it again: seren-replicator jobs watch ${jobId}`,
    jobId,
    cause,
  );
}
