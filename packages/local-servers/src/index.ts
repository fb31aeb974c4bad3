export { findFreePort } from './find-free-port.ts';
export { startDynamoDb } from './start-dynamodb.ts';
export type { DynamoDbOptions, DynamoDbServer } from './start-dynamodb.ts';
export { startPostgres } from './start-postgres.ts';
export type { PostgresServer } from './start-postgres.ts';
export type { PostgresMajor, PostgresOptions, PostgresSettings } from './postgres-options.ts';
export { startSilentServer } from './start-silent-server.ts';
export type { SilentServer } from './start-silent-server.ts';
export { withPostgres } from './with-postgres.ts';
