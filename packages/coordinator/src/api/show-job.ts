import { ReplicatorError, type JobStatus } from '@seren-replicator/job-models';
import { getJob } from '@seren-replicator/job-store';
import type { ApiDeps } from './api-deps.ts';
import { isJobId } from './job-identity.ts';
import { toJobStatus } from './to-job-status.ts';

/** The job, if it is the caller's: another's is as unknown as one that never was. */
export async function showJob(
  { table }: Pick<ApiDeps, 'table'>,
  { owner, jobId }: { owner: string; jobId: string },
): Promise<JobStatus> {
  const job = isJobId(jobId) ? await getJob(table, { jobId }) : null;
  if (job?.owner !== owner) throw jobNotFound();
  return toJobStatus(job);
}

export function jobNotFound(): ReplicatorError {
  return new ReplicatorError('not_found', 'There is no such job. `GET /jobs` lists yours.');
}
