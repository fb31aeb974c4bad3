import type { ApiError } from '@seren-replicator/job-models';
import { httpEventSchema, toRequest, toResult, type HttpResult } from './http-event.ts';
import type { Telemetry } from './telemetry.ts';

export interface Fetching {
  fetch: (request: Request) => Response | Promise<Response>;
}

/** The API as a function of events. It answers everything: an error of its own would reach callers without a word. */
export function createApiHandler(
  api: Fetching,
  telemetry: Telemetry,
): (event: unknown) => Promise<HttpResult> {
  return (event) =>
    telemetry.invocation(async () => {
      const request = readRequest(event);
      return request === null ? refuse() : toResult(await api.fetch(request));
    });
}

function readRequest(event: unknown): Request | null {
  try {
    return toRequest(httpEventSchema.parse(event));
  } catch {
    // Nothing that comes through an HTTP API; what is wrong with it may be a credential.
    return null;
  }
}

function refuse(): HttpResult {
  const answer: ApiError = { error: 'This is not a request that can be read.', code: 'invalid_request' };
  return { statusCode: 400, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
}
