import { ERROR_CODES, ReplicatorError, type ErrorCode } from '@seren-replicator/job-models';

export interface ServiceErrorOptions {
  cause?: unknown;
  /** What happened in a few words, for whoever goes on in spite of it. */
  reason?: string;
  /** How long the service asks to be left alone. */
  retryAfterMs?: number | undefined;
}

/** What went wrong between this machine and the service. */
export class ServiceError extends ReplicatorError {
  override readonly name = 'ServiceError';
  readonly reason: string;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: ServiceErrorOptions = {}) {
    super(code, message, { cause: options.cause });
    this.reason = options.reason ?? message;
    this.retryAfterMs = options.retryAfterMs;
  }
}

const lastingCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'unauthorized',
  'not_found',
  'invalid_request',
  'conflict',
  'too_large',
]);

/** True when asking again later may be answered: the network, or the service itself, is in trouble. */
export function isPassing(error: unknown): error is ServiceError {
  return error instanceof ServiceError && !lastingCodes.has(error.code);
}

/** A newer service may send codes that this client does not know. */
export function isKnownCode(code: string): code is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code);
}
