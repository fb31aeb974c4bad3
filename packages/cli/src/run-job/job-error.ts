import { ReplicatorError, type ErrorCode } from '@seren-replicator/job-models';

/** Trouble with a job that the service has and keeps: whoever reads it must learn which job. */
export class JobError extends ReplicatorError {
  override readonly name = 'JobError';
  readonly jobId: string;

  constructor(code: ErrorCode, message: string, jobId: string, cause?: unknown) {
    super(code, message, { cause });
    this.jobId = jobId;
  }
}
