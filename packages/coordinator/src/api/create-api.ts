/**
 * The HTTP API as one Hono app; whoever serves it (a Node server, a Lambda) brings the socket. Requests are logged
 * by route and status: bodies hold connection URLs, and paths hold what people paste.
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { ReplicatorError, type ApiError } from '@seren-replicator/job-models';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { routePath } from 'hono/route';
import type { Log } from '../log.ts';
import { answerError } from './answer-error.ts';
import type { ApiDeps, ApiEnv } from './api-deps.ts';
import { API_KEY_HEADER, authenticate } from './authenticate.ts';
import { cancelJob } from './cancel-job.ts';
import { listJobs } from './list-jobs.ts';
import { refuseInvalid } from './refuse-invalid.ts';
import {
  cancelJobRoute,
  healthRoute,
  listJobsRoute,
  retryJobRoute,
  showJobRoute,
  showLogsRoute,
  submitJobRoute,
} from './routes.ts';
import { retryJob } from './retry-job.ts';
import { showJob } from './show-job.ts';
import { showLogs } from './show-logs.ts';
import { submitJob } from './submit-job.ts';

/** With results, progress and sealed URLs beside it a record stays within DynamoDB's 400 KB. */
const MAX_BODY_BYTES = 200_000;

export function createApi(deps: ApiDeps): OpenAPIHono<ApiEnv> {
  const api = new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });
  api.use(logRequests(deps.log));
  api.onError((error, context) => answerError(error, context, deps));
  api.notFound((context) =>
    context.json<ApiError>(
      { error: 'There is no such route. `GET /openapi.json` lists them.', code: 'not_found' },
      404,
    ),
  );
  api.use('/jobs/*', authenticate(deps.apiKeys), limitBody());
  api.use('/openapi.json', authenticate(deps.apiKeys));
  addRoutes(api, deps);
  addDocument(api, deps.version);
  return api;
}

function addRoutes(api: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  api.openapi(healthRoute, (c) => c.json({ status: 'ok' as const, version: deps.version }, 200));
  api.openapi(submitJobRoute, async (c) => {
    const idempotencyKey = c.req.valid('header')['idempotency-key'];
    const request = { owner: c.var.owner, apiKey: c.var.apiKey, idempotencyKey };
    return c.json(await submitJob(deps, { ...request, specification: c.req.valid('json') }), 201);
  });
  api.openapi(listJobsRoute, async (c) =>
    c.json(await listJobs(deps, { owner: c.var.owner, ...c.req.valid('query') }), 200),
  );
  api.openapi(showJobRoute, async (c) =>
    c.json(await showJob(deps, { owner: c.var.owner, jobId: c.req.valid('param').job_id }), 200),
  );
  api.openapi(showLogsRoute, async (c) => {
    const request = { owner: c.var.owner, jobId: c.req.valid('param').job_id, ...c.req.valid('query') };
    return c.json(await showLogs(deps, request), 200);
  });
  api.openapi(cancelJobRoute, async (c) =>
    c.json(await cancelJob(deps, { owner: c.var.owner, jobId: c.req.valid('param').job_id }), 202),
  );
  api.openapi(retryJobRoute, async (c) => {
    const idempotencyKey = c.req.valid('header')['idempotency-key'];
    const request = { owner: c.var.owner, apiKey: c.var.apiKey, idempotencyKey };
    return c.json(await retryJob(deps, { ...request, jobId: c.req.valid('param').job_id }), 201);
  });
}

function addDocument(api: OpenAPIHono<ApiEnv>, version: string): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: API_KEY_HEADER,
  });
  api.doc31('/openapi.json', { openapi: '3.1.0', info: { title: 'Seren Replicator', version } });
}

function limitBody() {
  return bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new ReplicatorError(
        'too_large',
        `The body is larger than ${MAX_BODY_BYTES} bytes; shorten its lists.`,
      );
    },
  });
}

function logRequests(log: Log) {
  return createMiddleware<ApiEnv>(async (context, next) => {
    const start = performance.now();
    await next();
    log.info(
      {
        method: context.req.method,
        route: routePath(context, -1),
        status: context.res.status,
        owner: context.get('owner'),
        ms: Math.round(performance.now() - start),
      },
      'request',
    );
  });
}
