/**
 * The item as it is stored. Times are ISO 8601 in UTC with milliseconds, so that they compare as text; only `ttl`
 * is in epoch seconds, as DynamoDB wants it. An attribute that has no value is absent, never null.
 *
 * What only one party has to understand is read loosely, since coordinator and workers are not updated at the same
 * moment: the worker checks the specification, and refuses one that is newer than itself by failing the job.
 *
 * There is no credential in it: URLs are there sealed, and once more redacted, to be shown.
 */
import { jobProgressSchema, jobStateSchema } from '@seren-replicator/job-models';
import * as z from 'zod';

export const jobRecordSchema = z.object({
  job_id: z.string(),
  /** The name of the API key that submitted it. */
  owner: z.string(),
  command: z.string(),
  status: jobStateSchema,
  /** Counts from 1. With `job_id` it names a machine, and with `worker_id` a lease. */
  attempt: z.int().min(1),
  /**
   * Attempts in a row whose machine or worker was lost; a job that was given back in good order is not counted, and one
   * that followed its source well for a while counts anew.
   */
  lost_attempts: z.int().min(0),
  created_at: z.iso.datetime(),
  /** When the first worker claimed it; kept over further attempts. */
  started_at: z.iso.datetime().optional(),
  /** When a worker first told that it follows the source: all is copied. Kept over further attempts, and by retries. */
  followed_at: z.iso.datetime().optional(),
  completed_at: z.iso.datetime().optional(),
  /** Epoch seconds; advisory, DynamoDB deletes up to days later. Every move puts it off. */
  ttl: z.int(),
  source: z.string(),
  target: z.string(),
  sealed_source_url: z.string(),
  sealed_target_url: z.string(),
  specification: z.looseObject({
    command: z.string(),
    options: z.looseObject({
      no_sync: z.boolean().optional(),
      stop: z.boolean().optional(),
      job_timeout_seconds: z.number().optional(),
      estimated_size_bytes: z.number().default(0),
    }),
  }),
  /** The job that this one does once more. */
  retry_of: z.string().optional(),
  /** The job that the URLs were sealed for, where that is another one: only workers can open and seal anew. */
  sealed_for: z.string().optional(),
  /** What a repeated request is compared with; a keyed digest, made where the key is known. */
  request_digest: z.string().optional(),
  /** When this attempt's machine was asked for. */
  machine_requested_at: z.iso.datetime().optional(),
  worker_id: z.string().optional(),
  /** When this attempt's worker claimed it. */
  claimed_at: z.iso.datetime().optional(),
  lease_expires_at: z.iso.datetime().optional(),
  cancel_requested_at: z.iso.datetime().optional(),
  progress: jobProgressSchema.optional(),
  /** Passed on as it is, also a kind of result that a newer worker wrote. */
  result: z.looseObject({ command: z.string() }).optional(),
  error: z.string().optional(),
  error_code: z.string().optional(),
});
export type JobRecord = z.infer<typeof jobRecordSchema>;

/** What a list shows of a job: all but the parts that are large or sealed. */
export const jobSummarySchema = jobRecordSchema.omit({
  sealed_source_url: true,
  sealed_target_url: true,
  sealed_for: true,
  specification: true,
  request_digest: true,
  result: true,
});
export type JobSummary = z.infer<typeof jobSummarySchema>;

/** How long a record stays after its last move. */
const RETENTION_DAYS = 30;

/** The `ttl` of a record that moves now, in epoch seconds. */
export function expiryOf(now: Date): number {
  return Math.floor(now.getTime() / 1_000) + RETENTION_DAYS * 86_400;
}
