export { chooseMachine, machineSizes, type MachineSize } from './choose-machine.ts';
export { ConnectionUrl, DEFAULT_POSTGRES_PORT, type HostAddress } from './connection-url.ts';
export { describeError, type ErrorDescription } from './describe-error.ts';
export { ERROR_CODES, EXIT_CODES, exitCodeFor, type ErrorCode, type ExitCode } from './error-codes.ts';
export * from './job-result.ts';
export * from './job-specification.ts';
export * from './job-status.ts';
export { ReplicatorError, toReplicatorError, type ReplicatorErrorOptions } from './replicator-error.ts';
export { Secret } from './secret.ts';
