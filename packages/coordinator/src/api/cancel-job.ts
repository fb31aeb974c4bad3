import { ReplicatorError, type JobStatus } from '@seren-replicator/job-models';
import { requestCancel } from '@seren-replicator/job-store';
import type { ApiDeps } from './api-deps.ts';
import { isJobId } from './job-identity.ts';
import { jobNotFound } from './show-job.ts';
import { toJobStatus } from './to-job-status.ts';

/** Notes the wish. Asking twice, also for a job that is cancelled by now, is no error. */
export async function cancelJob(
  { table, now, onJobChange }: ApiDeps,
  { owner, jobId }: { owner: string; jobId: string },
): Promise<JobStatus> {
  if (!isJobId(jobId)) throw jobNotFound();
  const { moved, job } = await requestCancel(table, { jobId, owner, now: now() });
  if (job?.owner !== owner) throw jobNotFound();
  if (!moved && job.status !== 'cancelled') {
    throw new ReplicatorError('conflict', `The job has ended (${job.status}); there is nothing to cancel.`);
  }
  if (moved) onJobChange({ jobId, what: 'cancel_requested' });
  return toJobStatus(job);
}
