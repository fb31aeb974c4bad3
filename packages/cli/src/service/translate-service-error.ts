/** Everything that ky throws, as one sentence about the service and what to do. */
import { apiErrorSchema, type ErrorCode } from '@seren-replicator/job-models';
import { isHTTPError, isNetworkError, isTimeoutError, type HTTPError } from 'ky';
import { hideSecrets } from '../output/hide-secrets.ts';
import { isKnownCode, ServiceError } from './service-error.ts';

export interface ServiceAddress {
  baseUrl: string;
  hasKey: boolean;
}

/** @returns the error itself when it is not about the exchange with the service: a bug, or an interruption. */
export function translateServiceError(error: unknown, service: ServiceAddress): unknown {
  if (isHTTPError(error)) return translateResponse(error, service);
  if (isTimeoutError(error)) return unreachable(service, 'it did not answer in time', error);
  if (isNetworkError(error)) return unreachable(service, networkReason(error), error);
  // An answer that breaks off while it is read, and one that is not JSON.
  if (error instanceof TypeError) return unreachable(service, 'its answer broke off', error);
  if (error instanceof SyntaxError) return unreadable(service, error);
  return error;
}

/** Something answered, but not what this client knows as the service. */
export function unreadable({ baseUrl }: ServiceAddress, cause: unknown): ServiceError {
  return new ServiceError(
    'service_failed',
    `What ${baseUrl} answered is not an answer of the service. Check --remote-api (SEREN_REMOTE_API), or update seren-replicator.`,
    { cause, reason: 'what answers is not the service' },
  );
}

function unreachable({ baseUrl }: ServiceAddress, why: string, cause: unknown): ServiceError {
  return new ServiceError(
    'service_unreachable',
    `The service at ${baseUrl} cannot be reached: ${why}. Check the network and --remote-api (SEREN_REMOTE_API), or run with --local.`,
    { cause, reason: why },
  );
}

function translateResponse(error: HTTPError, service: ServiceAddress): ServiceError {
  const { status, headers } = error.response;
  if (status === 401 || status === 403) return unauthorized(service, error);
  if (status >= 300 && status < 400) return redirected(service, error);
  const body = apiErrorSchema.safeParse(error.data);
  const options = {
    cause: error,
    reason: `HTTP status ${status}`,
    retryAfterMs: readRetryAfter(headers.get('retry-after')),
  };
  if (!body.success) {
    return new ServiceError(
      'service_failed',
      `The service at ${service.baseUrl} answered with HTTP status ${status}. Check --remote-api (SEREN_REMOTE_API), or try again later.`,
      options,
    );
  }
  const details = (body.data.details ?? []).map(({ path, message }) => `\n  ${path}: ${message}`);
  const code = codeOf(status, body.data.code);
  return new ServiceError(code, hideSecrets(`${body.data.error}${details.join('')}`), options);
}

/** A code of the service as it is, where it means the same here; `internal` would point at this machine. */
function codeOf(status: number, code: string): ErrorCode {
  if (status >= 500) return 'service_failed';
  if (isKnownCode(code)) return code;
  return status === 429 ? 'throttled' : 'invalid_request';
}

function unauthorized({ baseUrl, hasKey }: ServiceAddress, cause: unknown): ServiceError {
  const message = hasKey
    ? `The service at ${baseUrl} refused the API key. Check SEREN_REMOTE_API_KEY (or --api-key).`
    : `The service at ${baseUrl} wants an API key. Set SEREN_REMOTE_API_KEY, or run with --local.`;
  return new ServiceError('unauthorized', message, { cause });
}

/** Redirects are not followed: they would carry the key and the databases' passwords wherever they point. */
function redirected({ baseUrl }: ServiceAddress, error: HTTPError): ServiceError {
  const location = error.response.headers.get('location') ?? 'another place';
  return new ServiceError(
    'service_failed',
    `${baseUrl} redirects to ${location}. If that is the service, give it as --remote-api (SEREN_REMOTE_API).`,
    { cause: error },
  );
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'no such host is known',
  EAI_AGAIN: 'the name of its host cannot be looked up now',
  ENETUNREACH: 'there is no way to its network',
  EHOSTUNREACH: 'there is no way to its host',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time',
};

/** fetch hides the system's error code at the end of a chain of causes, or in a list where it tried addresses. */
function networkReason(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && cause.code !== '') {
      return reasons[cause.code] ?? cause.code;
    }
  }
  return 'the connection failed';
}

/** Seconds or a date, as milliseconds from now. */
function readRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds : undefined;
}
