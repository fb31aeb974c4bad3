import {
  ConnectionUrl,
  ReplicatorError,
  Secret,
  type JobAccepted,
  type JobSpecification,
} from '@seren-replicator/job-models';
import { createJob } from '@seren-replicator/job-store';
import type { ApiDeps } from './api-deps.ts';
import { digestRequest, newJobId } from './job-identity.ts';

/** Seals the URLs and writes the job, once for an idempotency key. What happens next is the reconciler's. */
export async function submitJob(
  { table, sealer, now, onJobChange }: ApiDeps,
  request: {
    owner: string;
    apiKey: Secret;
    idempotencyKey: string | undefined;
    specification: JobSpecification;
  },
): Promise<JobAccepted> {
  const { owner, apiKey, idempotencyKey, specification } = request;
  const { source_url: sourceUrl, target_url: targetUrl, ...storable } = specification;
  const jobId = newJobId({ owner, idempotencyKey });
  const digest = idempotencyKey === undefined ? undefined : digestRequest(specification, apiKey);
  const [sealedSourceUrl, sealedTargetUrl] = await Promise.all([
    sealer.seal({ jobId, side: 'source' }, new Secret(sourceUrl)),
    sealer.seal({ jobId, side: 'target' }, new Secret(targetUrl)),
  ]);
  const { created, job } = await createJob(table, {
    job_id: jobId,
    owner,
    source: ConnectionUrl.parse(sourceUrl).toString(),
    target: ConnectionUrl.parse(targetUrl).toString(),
    sealed_source_url: sealedSourceUrl,
    sealed_target_url: sealedTargetUrl,
    specification: storable,
    request_digest: digest,
    now: now(),
  });
  // Without a key the id is random: the record that is there was written by a try whose answer was lost.
  if (!created && job.request_digest !== digest) {
    throw new ReplicatorError(
      'conflict',
      'This Idempotency-Key was used with another request. Use a new key for a new job.',
    );
  }
  if (created) onJobChange({ jobId, what: 'submitted' });
  return { job_id: jobId, status: 'provisioning' };
}
