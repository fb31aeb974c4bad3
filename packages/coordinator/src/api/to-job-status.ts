import type { JobStatus } from '@seren-replicator/job-models';
import type { JobRecord, JobSummary } from '@seren-replicator/job-store';

/** What a caller sees of a record. In lists `result` is null: they are read without it. */
export function toJobStatus(job: JobRecord | JobSummary): JobStatus {
  return {
    job_id: job.job_id,
    command: job.command,
    status: job.status,
    attempt: job.attempt,
    created_at: job.created_at,
    started_at: job.started_at ?? null,
    completed_at: job.completed_at ?? null,
    source: job.source,
    target: job.target,
    progress: job.progress ?? null,
    // Passed on as the worker wrote it, also a kind that this version does not know.
    result: ('result' in job ? (job.result as JobStatus['result'] | undefined) : null) ?? null,
    error: job.error ?? null,
    error_code: job.error_code ?? null,
    retry_of: job.retry_of ?? null,
  };
}
