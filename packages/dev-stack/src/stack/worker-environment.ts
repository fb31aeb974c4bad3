import type { Work } from '@seren-replicator/coordinator';
import { EMULATOR_CREDENTIALS, EMULATOR_REGION } from './open-table.ts';

export interface WorkerSurroundings {
  tableName: string;
  tableEndpoint: string;
  sealKeyFile: string;
  /** Where the engine looks for a native pg_dump. */
  searchPath: string;
}

/**
 * Shorter than in AWS: both ends are on one machine, and whoever killed the stack waits for as long before a job
 * goes on.
 */
const LEASE_MS = 10_000;
const HEARTBEAT_MS = 2_000;

/** For the worker to stop its work after SIGTERM, or to take it back; the fleet waits a little longer before it kills. */
export const WORKER_STOP_DEADLINE_MS = 90_000;

/** All that a worker gets to know. Nothing is inherited: the developer's own environment may hold credentials. */
export function workerEnvironment(work: Work, surroundings: WorkerSurroundings): Record<string, string> {
  return {
    PATH: surroundings.searchPath,
    SEREN_JOB_ID: work.jobId,
    SEREN_JOB_ATTEMPT: String(work.attempt),
    SEREN_JOB_TABLE: surroundings.tableName,
    SEREN_SEAL_KEY_FILE: surroundings.sealKeyFile,
    // Databases are on this machine, or beside it.
    SEREN_ALLOW_LOCAL_ADDRESSES: 'true',
    SEREN_ALLOW_PRIVATE_ADDRESSES: 'true',
    SEREN_LEASE_MS: String(LEASE_MS),
    SEREN_HEARTBEAT_MS: String(HEARTBEAT_MS),
    SEREN_STOP_WITH: 'stdin',
    SEREN_STOP_DEADLINE_MS: String(WORKER_STOP_DEADLINE_MS),
    AWS_ENDPOINT_URL_DYNAMODB: surroundings.tableEndpoint,
    AWS_REGION: EMULATOR_REGION,
    AWS_ACCESS_KEY_ID: EMULATOR_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: EMULATOR_CREDENTIALS.secretAccessKey,
  };
}
