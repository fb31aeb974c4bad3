import { ConnectionUrl, Secret, type JobAccepted, type JobSpecification } from '@seren-replicator/job-models';
import { acceptJob } from './accept-job.ts';
import type { ApiDeps } from './api-deps.ts';
import { digestRequest, newJobId } from './job-identity.ts';

/** Seals the URLs and writes the job, once for an idempotency key. */
export async function submitJob(
  deps: ApiDeps,
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
  return acceptJob(deps, { jobId, owner, digest }, async () => {
    const [sealedSourceUrl, sealedTargetUrl] = await Promise.all([
      deps.sealer.seal({ jobId, side: 'source' }, new Secret(sourceUrl)),
      deps.sealer.seal({ jobId, side: 'target' }, new Secret(targetUrl)),
    ]);
    return {
      source: ConnectionUrl.parse(sourceUrl).toString(),
      target: ConnectionUrl.parse(targetUrl).toString(),
      sealed_source_url: sealedSourceUrl,
      sealed_target_url: sealedTargetUrl,
      specification: storable,
    };
  });
}
