/**
 * A failed or cancelled job once more, under a new id, from where it was. The API cannot open URLs, and so cannot seal
 * them for the new job: it passes them on as they are, and the record says for which job they were sealed. They open
 * for that job and for those that its owner retries from it, and for nothing else.
 */
import { ReplicatorError, type JobAccepted, type Secret } from '@seren-replicator/job-models';
import { getJob, type JobRecord } from '@seren-replicator/job-store';
import { acceptJob } from './accept-job.ts';
import type { ApiDeps } from './api-deps.ts';
import { digestRequest, isJobId, newJobId } from './job-identity.ts';
import { jobNotFound } from './show-job.ts';

const retried: ReadonlySet<JobRecord['status']> = new Set(['failed', 'cancelled']);

export async function retryJob(
  deps: ApiDeps,
  request: { owner: string; apiKey: Secret; idempotencyKey: string | undefined; jobId: string },
): Promise<JobAccepted> {
  const { owner, apiKey, idempotencyKey } = request;
  const job = isJobId(request.jobId) ? await getJob(deps.table, { jobId: request.jobId }) : null;
  if (job?.owner !== owner) throw jobNotFound();
  if (!retried.has(job.status)) {
    throw new ReplicatorError(
      'conflict',
      `The job is ${job.status}; only one that failed or was cancelled is retried.`,
    );
  }
  const jobId = newJobId({ owner, idempotencyKey });
  const digest = idempotencyKey === undefined ? undefined : digestRequest({ retry_of: job.job_id }, apiKey);
  return acceptJob(deps, { jobId, owner, digest }, async () => ({
    source: job.source,
    target: job.target,
    sealed_source_url: job.sealed_source_url,
    sealed_target_url: job.sealed_target_url,
    sealed_for: job.sealed_for ?? job.job_id,
    retry_of: job.job_id,
    followed_at: job.followed_at,
    // Whatever the first one was asked: this is the one that goes on.
    specification: { ...job.specification, options: { ...job.specification.options, resume: true } },
  }));
}
