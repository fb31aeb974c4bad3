import type { JobSpecification } from '@seren-replicator/job-models';
import type { JobRecord } from '@seren-replicator/job-store';
import type { UrlSealer } from '@seren-replicator/sealing';

/**
 * The specification as it was submitted, its URLs opened. From here on they are in this process's memory alone.
 *
 * @throws ReplicatorError `seal_broken`
 */
export async function openSpecification(
  sealer: Pick<UrlSealer, 'open'>,
  job: JobRecord,
): Promise<JobSpecification> {
  const { job_id: jobId } = job;
  const [source, target] = await Promise.all([
    sealer.open({ jobId, side: 'source' }, job.sealed_source_url),
    sealer.open({ jobId, side: 'target' }, job.sealed_target_url),
  ]);
  return { ...job.specification, source_url: source.reveal(), target_url: target.reveal() };
}
