import {
  ReplicatorError,
  storableSpecificationSchema,
  type JobSpecification,
  type Secret,
  type StorableSpecification,
} from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import type { SealContext, UrlSealer } from '@seren-replicator/sealing';

/**
 * The specification as it was submitted, its URLs opened. From here on they are in this process's memory alone.
 *
 * @throws ReplicatorError `seal_broken`, `service_failed` when it cannot be told, `not_supported` for a specification that a newer service accepted
 */
export async function openSpecification(
  sealer: Pick<UrlSealer, 'open'>,
  job: JobRecord,
): Promise<JobSpecification> {
  // A job that is done once more has the URLs of the first, sealed for that one.
  const jobId = job.sealed_for ?? job.job_id;
  const specification = readSpecification(job);
  const [source, target] = await Promise.all([
    openUrl(sealer, { jobId, side: 'source' }, job.sealed_source_url),
    openUrl(sealer, { jobId, side: 'target' }, job.sealed_target_url),
  ]);
  return { ...specification, source_url: source.reveal(), target_url: target.reveal() };
}

async function openUrl(
  sealer: Pick<UrlSealer, 'open'>,
  context: SealContext,
  sealed: string,
): Promise<Secret> {
  try {
    return await sealer.open(context, sealed);
  } catch (error) {
    if (error instanceof ReplicatorError) throw error;
    throw new ReplicatorError(
      'service_failed',
      'The service could not open the connection URLs: its key does not answer, or refuses. Retry the job in a while.',
      { cause: error },
    );
  }
}

function readSpecification(job: JobRecord): StorableSpecification {
  const parsed = storableSpecificationSchema.safeParse(job.specification);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ReplicatorError(
    'not_supported',
    `This worker does not understand the job, it is older than the service: update it. ${problems.join('; ')}.`,
  );
}
