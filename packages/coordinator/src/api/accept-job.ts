/**
 * What submitting and retrying have in common: a job is written once for an idempotency key, and only when its owner
 * has a place for it. What happens next is the reconciler's.
 */
import { ReplicatorError, type JobAccepted } from '@seren-replicator/job-models';
import { createJob, getJob, reservePlace, type JobRecord, type NewJob } from '@seren-replicator/job-store';
import type { ApiDeps } from './api-deps.ts';

type Deps = Pick<ApiDeps, 'table' | 'now' | 'metrics' | 'maxJobsPerOwner' | 'onJobChange'>;

/**
 * @param describe makes the record; not called for a job that is there already
 * @throws ReplicatorError `too_many_jobs`, `conflict`
 */
export async function acceptJob(
  deps: Deps,
  identity: { jobId: string; owner: string; digest: string | undefined },
  describe: () => Promise<Omit<NewJob, 'job_id' | 'owner' | 'request_digest'>>,
): Promise<JobAccepted> {
  const { table, now } = deps;
  const { jobId, owner, digest } = identity;
  const earlier = digest === undefined ? null : await getJob(table, { jobId });
  if (earlier !== null) return repeatAnswer(earlier, identity);
  await takePlace(deps, identity);
  const described = await describe();
  const { created, job } = await createJob(table, {
    ...described,
    job_id: jobId,
    owner,
    request_digest: digest,
    now: now(),
  });
  if (!created) return repeatAnswer(job, identity);
  deps.metrics.add('JobsSubmitted', 1);
  deps.onJobChange({ jobId, what: 'submitted' });
  return { job_id: jobId, status: 'provisioning' };
}

/** Without a key the id is random: the record that is there was written by a try whose answer was lost. */
function repeatAnswer(
  job: JobRecord,
  { jobId, digest }: { jobId: string; digest: string | undefined },
): JobAccepted {
  if (job.request_digest !== digest) {
    throw new ReplicatorError(
      'conflict',
      'This Idempotency-Key was used with another request. Use a new key for a new job.',
    );
  }
  return { job_id: jobId, status: 'provisioning' };
}

async function takePlace(
  { table, now, maxJobsPerOwner: maxJobs }: Deps,
  { jobId, owner }: { jobId: string; owner: string },
): Promise<void> {
  if (await reservePlace(table, { owner, jobId, maxJobs, now: now() })) return;
  throw new ReplicatorError(
    'too_many_jobs',
    `You have ${maxJobs} unfinished jobs, which is as many as a key may have. Wait for one to end, or cancel one.`,
  );
}
