export type LocalServerErrorCode =
  'UNSUPPORTED_PLATFORM' | 'START_FAILED' | 'DEADLINE_EXCEEDED' | 'SUPERVISOR_FAILED' | 'ALREADY_STOPPED';

/** A local server that could not be started or stopped. The message says what to do about it. */
export class LocalServerError extends Error {
  override readonly name = 'LocalServerError';
  readonly code: LocalServerErrorCode;

  constructor(code: LocalServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
