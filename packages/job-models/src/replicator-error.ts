import type { ErrorCode } from './error-codes.ts';

export interface ReplicatorErrorOptions {
  /** The error underneath. It may hold credentials: it is for debuggers, never for logs or wires. */
  cause?: unknown;
}

/**
 * A failure that a user can meet: a stable code, and a message of one or two sentences that says what happened,
 * where, and what to do. The message must be free of credentials: it is logged, stored and shown as it is.
 */
export class ReplicatorError extends Error {
  override readonly name: string = 'ReplicatorError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: ReplicatorErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** The error as it is, or, for one that nobody translated, an `internal` one that shows only the error's name. */
export function toReplicatorError(error: unknown): ReplicatorError {
  if (error instanceof ReplicatorError) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return new ReplicatorError(
    'internal',
    `An unexpected ${name} ended the work; run again with --log-level debug and report what it prints.`,
    { cause: error },
  );
}
