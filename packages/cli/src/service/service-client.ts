/**
 * The service's HTTP API. Every request may be repeated, and is: some only read, a job that is cancelled
 * twice is cancelled once, and submissions and retries of jobs carry a key by which the service tells a repetition from
 * a second job.
 */
import {
  jobAcceptedSchema,
  jobListSchema,
  jobLogSchema,
  jobStatusSchema,
  type JobAccepted,
  type JobList,
  type JobLog,
  type JobSpecificationInput,
  type JobStatus,
} from '@seren-replicator/job-models';
import ky, { isHTTPError, isNetworkError, isTimeoutError, type KyInstance, type Options } from 'ky';
import { translateServiceError, unreadable, type ServiceAddress } from './translate-service-error.ts';

/** Creating a job may wait for a cold start behind the API's own limit of 29 s. */
const REQUEST_TIMEOUT_MS = 35_000;
/** A poll that is late is worth less than the next one. */
const POLL_TIMEOUT_MS = 10_000;
const briefly: Options = { retry: 0, timeout: POLL_TIMEOUT_MS };
const MAX_RETRIES = 3;
const LONGEST_BACKOFF_MS = 5_000;
const LONGEST_RETRY_AFTER_MS = 60_000;
const passingStatuses = [408, 429, 500, 502, 503, 504];

export interface ServiceClientInput {
  baseUrl: string;
  apiKey: string | undefined;
  version: string;
  signal: AbortSignal;
  /** Called before a failed request is repeated. */
  onRetry: () => void;
}

export interface ServiceClient {
  submitJob: (specification: JobSpecificationInput, idempotencyKey: string) => Promise<JobAccepted>;
  getJob: (jobId: string) => Promise<JobStatus>;
  /** Like `getJob`, but tried once and briefly: whoever polls tries again anyway. */
  pollJob: (jobId: string) => Promise<JobStatus>;
  listJobs: (query: {
    status?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }) => Promise<JobList>;
  /** One page; without a cursor the first. */
  readLog: (jobId: string, cursor: string | undefined) => Promise<JobLog>;
  /** Like `readLog`, tried once and briefly. */
  pollLog: (jobId: string, cursor: string | undefined) => Promise<JobLog>;
  cancelJob: (jobId: string) => Promise<JobStatus>;
  retryJob: (jobId: string, idempotencyKey: string) => Promise<JobAccepted>;
}

/** Its methods throw ServiceError; what they answer has been checked. */
export function createServiceClient(input: ServiceClientInput): ServiceClient {
  const address: ServiceAddress = { baseUrl: input.baseUrl, hasKey: input.apiKey !== undefined };
  const api = createKy(input);
  const send = async <Answer>(schema: Schema<Answer>, path: string, options: Options): Promise<Answer> => {
    let body: unknown;
    try {
      body = await api(path, options).json();
    } catch (error) {
      throw translateServiceError(error, address);
    }
    const answer = schema.safeParse(body);
    if (!answer.success) throw unreadable(address, answer.error);
    return answer.data;
  };
  const pathOf = (jobId: string): string => `jobs/${encodeURIComponent(jobId)}`;
  const readLog = (jobId: string, cursor: string | undefined, options: Options = {}): Promise<JobLog> =>
    send(jobLogSchema, `${pathOf(jobId)}/logs`, {
      method: 'get',
      ...(cursor === undefined ? {} : { searchParams: { cursor } }),
      ...options,
    });
  return {
    submitJob: (specification, idempotencyKey) =>
      send(jobAcceptedSchema, 'jobs', {
        method: 'post',
        json: specification,
        headers: { 'idempotency-key': idempotencyKey },
      }),
    getJob: (jobId) => send(jobStatusSchema, pathOf(jobId), { method: 'get' }),
    pollJob: (jobId) => send(jobStatusSchema, pathOf(jobId), { method: 'get', ...briefly }),
    listJobs: (query) => send(jobListSchema, 'jobs', { method: 'get', searchParams: { ...query } }),
    readLog,
    pollLog: (jobId, cursor) => readLog(jobId, cursor, briefly),
    cancelJob: (jobId) => send(jobStatusSchema, `${pathOf(jobId)}/cancel`, { method: 'post' }),
    retryJob: (jobId, idempotencyKey) =>
      send(jobAcceptedSchema, `${pathOf(jobId)}/retry`, {
        method: 'post',
        headers: { 'idempotency-key': idempotencyKey },
      }),
  };
}

interface Schema<Answer> {
  safeParse: (body: unknown) => { success: true; data: Answer } | { success: false; error: unknown };
}

function createKy({ baseUrl, apiKey, version, signal, onRetry }: ServiceClientInput): KyInstance {
  return ky.create({
    prefix: baseUrl,
    headers: { 'user-agent': `seren-replicator/${version}`, 'x-api-key': apiKey },
    redirect: 'manual',
    signal,
    timeout: REQUEST_TIMEOUT_MS,
    retry: {
      limit: MAX_RETRIES,
      methods: ['get', 'post'],
      statusCodes: passingStatuses,
      afterStatusCodes: [429, 503],
      maxRetryAfter: LONGEST_RETRY_AFTER_MS,
      backoffLimit: LONGEST_BACKOFF_MS,
      jitter: (delayMs) => delayMs * (0.5 + Math.random() / 2),
      retryOnTimeout: true,
      shouldRetry: ({ error }) => {
        if (!isWorthRepeating(error)) return false;
        onRetry();
        // Not true, which would have ky wait by its own measure and pass over Retry-After.
        return undefined;
      },
    },
  });
}

/** Not when the caller has too many jobs: that passes with a job, not with a moment. */
function isWorthRepeating(error: unknown): boolean {
  if (!isHTTPError(error)) return isNetworkError(error) || isTimeoutError(error);
  const { data } = error;
  const isFull = typeof data === 'object' && data !== null && 'code' in data && data.code === 'too_many_jobs';
  return passingStatuses.includes(error.response.status) && !isFull;
}
