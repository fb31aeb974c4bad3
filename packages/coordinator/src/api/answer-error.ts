/**
 * Errors as the wire shows them. Only a ReplicatorError speaks for itself: its message is free of credentials by
 * contract. Of anything else neither message nor stack leaves the service, nor its logs: it may quote a request.
 */
import { describeError, ReplicatorError, type ApiError, type ErrorCode } from '@seren-replicator/job-models';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { isThrottling } from '../is-throttling.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';

const statusByCode: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  invalid_request: 400,
  unauthorized: 401,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  throttled: 429,
  too_many_jobs: 429,
};

/** What is throttled passes at once; a job of one's own has to end first. */
const retryAfterSeconds: Partial<Record<ErrorCode, string>> = { throttled: '5', too_many_jobs: '60' };
export function answerError(
  error: Error,
  context: Context,
  { log, metrics }: { log: Log; metrics: Metrics },
): Response {
  const known = toAnswerable(error);
  const status = statusByCode[known.code];
  if (status === undefined) {
    log.error({ failure: describeError(error) }, 'request failed');
    return context.json<ApiError>(
      { error: 'The service failed on this request. Try again in a moment.', code: 'internal' },
      500,
    );
  }
  const retryAfter = retryAfterSeconds[known.code];
  if (retryAfter !== undefined) {
    context.header('Retry-After', retryAfter);
    metrics.add('Throttled', 1);
  }
  return context.json<ApiError>(apiErrorOf(known), status);
}

/** A refused request with the places in it that are wrong. */
export class InvalidRequestError extends ReplicatorError {
  override readonly name = 'InvalidRequestError';
  readonly details: NonNullable<ApiError['details']>;

  constructor(message: string, details: NonNullable<ApiError['details']>) {
    super('invalid_request', message);
    this.details = details;
  }
}

function apiErrorOf(error: ReplicatorError): ApiError {
  const answer = { error: error.message, code: error.code };
  return error instanceof InvalidRequestError ? { ...answer, details: error.details } : answer;
}

function toAnswerable(error: Error): ReplicatorError {
  if (error instanceof ReplicatorError) return error;
  if (isThrottling(error)) {
    return new ReplicatorError('throttled', 'The service is busy. Try again in a moment.', { cause: error });
  }
  if (error instanceof HTTPException && error.status === 415) {
    const message = 'Send the body as application/json.';
    return new InvalidRequestError(message, [{ path: 'content-type', message }]);
  }
  if (error instanceof HTTPException && error.status === 400) {
    const message = 'The body is not valid JSON.';
    return new InvalidRequestError(message, [{ path: '', message }]);
  }
  return new ReplicatorError('internal', 'An unexpected error.', { cause: error });
}
