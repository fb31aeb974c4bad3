/** The routes as OpenAPI describes them; handlers are in the files of their names. */
import { createRoute, z } from '@hono/zod-openapi';
import {
  apiErrorSchema as apiError,
  jobAcceptedSchema as jobAccepted,
  jobListSchema as jobList,
  jobLogSchema as jobLog,
  jobResultSchema,
  jobSpecificationSchema,
  jobStateSchema,
  jobStatusSchema as jobStatus,
} from '@seren-replicator/job-models';

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
const DEFAULT_LOG_LINES = 200;
const MAX_LOG_LINES = 1_000;
const MAX_CURSOR_LENGTH = 500;
const MAX_IDEMPOTENCY_KEY_LENGTH = 255;

const apiErrorSchema = apiError.meta({ id: 'ApiError' });
const jobAcceptedSchema = jobAccepted.meta({ id: 'JobAccepted' });
/** Readers make null of a result that they do not know; the document describes those that there are. */
const jobStatusSchema = jobStatus.extend({ result: jobResultSchema.nullable() }).meta({ id: 'JobStatus' });
const jobListSchema = jobList.extend({ jobs: z.array(jobStatusSchema) }).meta({ id: 'JobList' });

const jobLogSchema = jobLog.meta({ id: 'JobLog' });

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  content: { 'application/json': { schema } },
  description,
});

/** `?status=` is the same as leaving `status` out. */
const unlessEmpty = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema);

const limitParameter = (usual: number, most: number) =>
  unlessEmpty(z.coerce.number().int().min(1).max(most).default(usual));
const cursorParameter = unlessEmpty(
  z.string().max(MAX_CURSOR_LENGTH).optional().describe('The `next_cursor` of the page before'),
);

const security = [{ apiKey: [] }];
const errors = {
  400: json(apiErrorSchema, 'The request is not valid; `details` names the places'),
  401: json(apiErrorSchema, 'The API key is missing or unknown'),
  413: json(apiErrorSchema, 'The body is too large'),
  429: json(apiErrorSchema, 'Too much at once; `Retry-After` says when to try again'),
  500: json(apiErrorSchema, 'The service failed'),
};
const jobNotFound = json(apiErrorSchema, 'No such job, or another key’s');
const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(MAX_IDEMPOTENCY_KEY_LENGTH)
    .optional()
    .describe('A request that is sent again under the same key gets the answer of the first'),
});
const jobIdParameter = z.object({ job_id: z.string() });

export const healthRoute = createRoute({
  method: 'get',
  path: '/health',
  responses: { 200: json(z.object({ status: z.literal('ok'), version: z.string() }), 'The service is up') },
});

export const submitJobRoute = createRoute({
  method: 'post',
  path: '/jobs',
  security,
  request: {
    headers: idempotencyHeader,
    body: { required: true, content: { 'application/json': { schema: jobSpecificationSchema } } },
  },
  responses: {
    ...errors,
    201: json(jobAcceptedSchema, 'The job is accepted'),
    409: json(apiErrorSchema, 'The idempotency key was used with another request'),
  },
});

export const listJobsRoute = createRoute({
  method: 'get',
  path: '/jobs',
  security,
  request: {
    query: z.object({
      status: unlessEmpty(jobStateSchema.optional()),
      limit: limitParameter(DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE),
      cursor: cursorParameter,
    }),
  },
  responses: { ...errors, 200: json(jobListSchema, 'The caller’s jobs, newest first, without results') },
});

export const showJobRoute = createRoute({
  method: 'get',
  path: '/jobs/{job_id}',
  security,
  request: { params: jobIdParameter },
  responses: { ...errors, 200: json(jobStatusSchema, 'The job'), 404: jobNotFound },
});

export const showLogsRoute = createRoute({
  method: 'get',
  path: '/jobs/{job_id}/logs',
  security,
  request: {
    params: jobIdParameter,
    query: z.object({ limit: limitParameter(DEFAULT_LOG_LINES, MAX_LOG_LINES), cursor: cursorParameter }),
  },
  responses: {
    ...errors,
    200: json(jobLogSchema, 'Lines of the workers’ logs, oldest first; an empty page is the end for now'),
    404: jobNotFound,
  },
});

export const cancelJobRoute = createRoute({
  method: 'post',
  path: '/jobs/{job_id}/cancel',
  security,
  request: { params: jobIdParameter },
  responses: {
    ...errors,
    202: json(jobStatusSchema, 'The job will be cancelled, or is'),
    404: jobNotFound,
    409: json(apiErrorSchema, 'The job has ended otherwise'),
  },
});

export const retryJobRoute = createRoute({
  method: 'post',
  path: '/jobs/{job_id}/retry',
  security,
  request: { params: jobIdParameter, headers: idempotencyHeader },
  responses: {
    ...errors,
    201: json(jobAcceptedSchema, 'The job is accepted once more, under a new id'),
    404: jobNotFound,
    409: json(apiErrorSchema, 'The job has neither failed nor been cancelled'),
  },
});
