import {
  ConnectionUrl,
  ReplicatorError,
  Secret,
  type JobAccepted,
  type JobSpecification,
} from '@seren-replicator/job-models';
import { acceptJob } from './accept-job.ts';
import { InvalidRequestError } from './answer-error.ts';
import type { ApiDeps } from './api-deps.ts';
import { digestRequest, newJobId } from './job-identity.ts';

/** Judges and seals the URLs and writes the job, once for an idempotency key. */
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
  await checkReach(deps, specification);
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

/** @throws InvalidRequestError that names every URL which leads where jobs may not go */
async function checkReach({ reach }: ApiDeps, specification: JobSpecification): Promise<void> {
  const sides = ['source', 'target'] as const;
  const judged = await Promise.all(
    sides.map(async (side) => {
      const path = `${side}_url` as const;
      try {
        await reach.checkUrl(side, ConnectionUrl.parse(specification[path]));
        return [];
      } catch (error) {
        if (!(error instanceof ReplicatorError)) throw error;
        return [{ path, message: error.message }];
      }
    }),
  );
  const details = judged.flat();
  const [first] = details;
  if (first !== undefined) throw new InvalidRequestError(first.message, details);
}
