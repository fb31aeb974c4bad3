/** Exit codes of the command line. Part of the contract: scripts branch on them. */
export const EXIT_CODES = {
  done: 0,
  failed: 1,
  usage: 2,
  differs: 3,
  service: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

/**
 * Every stable error code with the exit code that the command line ends with. A remote job carries its code in
 * `error_code`, so that a job ends the same way whether it ran here or there.
 */
const exitCodeByErrorCode = {
  // The call is wrong.
  invalid_request: EXIT_CODES.usage,
  invalid_url: EXIT_CODES.usage,
  invalid_config: EXIT_CODES.usage,
  address_not_allowed: EXIT_CODES.usage,
  same_database: EXIT_CODES.usage,
  target_not_empty: EXIT_CODES.usage,
  resume_differs: EXIT_CODES.usage,
  server_too_old: EXIT_CODES.usage,
  not_supported: EXIT_CODES.usage,
  sync_missing: EXIT_CODES.usage,
  // A server said no, or was not there.
  host_unknown: EXIT_CODES.failed,
  host_unreachable: EXIT_CODES.failed,
  tls_failed: EXIT_CODES.failed,
  authentication_failed: EXIT_CODES.failed,
  database_missing: EXIT_CODES.failed,
  too_many_connections: EXIT_CODES.failed,
  permission_denied: EXIT_CODES.failed,
  row_security: EXIT_CODES.failed,
  connection_lost: EXIT_CODES.failed,
  disk_full: EXIT_CODES.failed,
  target_in_use: EXIT_CODES.failed,
  object_missing: EXIT_CODES.failed,
  query_failed: EXIT_CODES.failed,
  // The work failed.
  schema_dump_failed: EXIT_CODES.failed,
  schema_restore_failed: EXIT_CODES.failed,
  copy_failed: EXIT_CODES.failed,
  checks_failed: EXIT_CODES.failed,
  contents_differ: EXIT_CODES.differs,
  sync_conflict: EXIT_CODES.failed,
  sync_lagging: EXIT_CODES.failed,
  slot_lost: EXIT_CODES.failed,
  cutover_unfinished: EXIT_CODES.failed,
  cancelled: EXIT_CODES.failed,
  timeout: EXIT_CODES.failed,
  worker_lost: EXIT_CODES.failed,
  worker_start_failed: EXIT_CODES.failed,
  seal_broken: EXIT_CODES.failed,
  internal: EXIT_CODES.failed,
  // The service cannot be used.
  service_unreachable: EXIT_CODES.service,
  service_failed: EXIT_CODES.service,
  unauthorized: EXIT_CODES.service,
  throttled: EXIT_CODES.service,
  too_many_jobs: EXIT_CODES.service,
  not_found: EXIT_CODES.usage,
  conflict: EXIT_CODES.failed,
  too_large: EXIT_CODES.usage,
  interrupted: EXIT_CODES.interrupted,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof exitCodeByErrorCode;

export const ERROR_CODES = Object.keys(exitCodeByErrorCode) as [ErrorCode, ...ErrorCode[]];

/** The exit code for an error code; codes of a newer service that this client does not know end as `failed`. */
export function exitCodeFor(errorCode: string): ExitCode {
  return Object.hasOwn(exitCodeByErrorCode, errorCode)
    ? exitCodeByErrorCode[errorCode as ErrorCode]
    : EXIT_CODES.failed;
}
