import {
  ReplicatorError,
  storableSpecificationSchema,
  type JobSpecification,
  type StorableSpecification,
} from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import type { UrlSealer } from '@seren-replicator/sealing';

/**
 * The specification as it was submitted, its URLs opened. From here on they are in this process's memory alone.
 *
 * @throws ReplicatorError `seal_broken`, `not_supported` for a specification that a newer service accepted
 */
export async function openSpecification(
  sealer: Pick<UrlSealer, 'open'>,
  job: JobRecord,
): Promise<JobSpecification> {
  // A job that is done once more has the URLs of the first, sealed for that one.
  const jobId = job.sealed_for ?? job.job_id;
  const specification = readSpecification(job);
  const [source, target] = await Promise.all([
    sealer.open({ jobId, side: 'source' }, job.sealed_source_url),
    sealer.open({ jobId, side: 'target' }, job.sealed_target_url),
  ]);
  return { ...specification, source_url: source.reveal(), target_url: target.reveal() };
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
