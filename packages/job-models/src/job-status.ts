/** What the service answers about a job. Readers ignore fields they do not know, so that a newer service is readable. */
import * as z from 'zod';
import { jobResultSchema } from './job-result.ts';

export const jobStateSchema = z.enum(['provisioning', 'running', 'completed', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobStateSchema>;

const finalStates: ReadonlySet<string> = new Set<JobState>(['completed', 'failed', 'cancelled']);

/**
 * True when nothing more will happen to a job in this state. A state that this client does not know counts as
 * final, or an old client would wait for ever on a newer service.
 */
export function isFinalState(state: string): boolean {
  return finalStates.has(state) || !jobStateSchema.safeParse(state).success;
}

const activeTableSchema = z.object({
  table: z.string(),
  phase: z.string(),
  bytes_copied: z.number(),
  bytes_total: z.number(),
});
export type ActiveTable = z.infer<typeof activeTableSchema>;

/** What a run that follows the source has applied so far, and how far behind it is. */
const syncProgressSchema = z.object({
  transactions: z.number(),
  rows: z.number(),
  /** Between the end of the source's log and what is applied. */
  lag_bytes: z.number(),
});
export type SyncProgress = z.infer<typeof syncProgressSchema>;

/**
 * Bytes are those of the COPY stream. `bytes_total` is an estimate until the last table is in: the size on disk
 * for tables still to come, the real figure for those that are done, so that both meet at the end.
 */
export const jobProgressSchema = z.object({
  phase: z.string(),
  current_database: z.string().nullable(),
  databases_completed: z.number(),
  databases_total: z.number(),
  tables_completed: z.number(),
  tables_total: z.number(),
  rows_copied: z.number(),
  bytes_copied: z.number(),
  bytes_total: z.number(),
  eta_seconds: z.number().nullable(),
  active: z.array(activeTableSchema),
  /** Only while changes are followed. */
  sync: syncProgressSchema.optional(),
});
export type JobProgress = z.infer<typeof jobProgressSchema>;

export const jobStatusSchema = z.object({
  job_id: z.string(),
  command: z.string(),
  status: z.string(),
  attempt: z.number(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  source: z.string(),
  target: z.string(),
  progress: jobProgressSchema.nullable(),
  /** Null too when a newer service sends a kind of result that this reader does not know. */
  result: jobResultSchema.nullable().catch(null),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  /** The job that this one does once more; services before there were such jobs do not say. */
  retry_of: z.string().nullable().optional(),
});
export type JobStatus = z.infer<typeof jobStatusSchema>;

export const jobListSchema = z.object({ jobs: z.array(jobStatusSchema), next_cursor: z.string().nullable() });
export type JobList = z.infer<typeof jobListSchema>;

/** A line of a worker's log; what else it says beside its message stands in further fields. */
const jobLogEventSchema = z.looseObject({
  /** When, ISO 8601 in UTC. */
  at: z.string(),
  level: z.string(),
  message: z.string(),
});
export type JobLogEvent = z.infer<typeof jobLogEventSchema>;

/**
 * One page of a job's log, oldest first. `next_cursor` is where to go on, also when there is nothing more yet: a log is
 * read to its end when a page comes back empty. Null where there is no place to go on from.
 */
export const jobLogSchema = z.object({
  events: z.array(jobLogEventSchema),
  next_cursor: z.string().nullable(),
});
export type JobLog = z.infer<typeof jobLogSchema>;

export const jobAcceptedSchema = z.object({ job_id: z.string(), status: z.string() });
export type JobAccepted = z.infer<typeof jobAcceptedSchema>;

export const apiErrorSchema = z.object({
  error: z.string(),
  code: z.string(),
  details: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type ApiError = z.infer<typeof apiErrorSchema>;
