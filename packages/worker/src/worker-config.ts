import { ReplicatorError } from '@seren-replicator/job-models';
import { reachRulesOf, reachVariables, type ReachRules } from '@seren-replicator/reach';
import { UNDO_DEADLINE_MS } from '@seren-replicator/replication';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import * as z from 'zod';

/** How long a worker may be silent before its job goes to another one; six heartbeats, so that some may fail. */
const DEFAULT_LEASE_MS = 30_000;
const DEFAULT_HEARTBEAT_MS = 5_000;
/** A watcher sees nothing faster, and each one is a write that is paid for. */
const DEFAULT_PROGRESS_MS = 1_000;
/** A notice comes two minutes ahead, and Amazon asks to be looked at every five seconds. */
const DEFAULT_NOTICE_MS = 5_000;
/** For the engine to end its sessions, also on a server that is silent, and then to take back what it has begun. */
const DEFAULT_STOP_DEADLINE_MS = UNDO_DEADLINE_MS + 30_000;

const milliseconds = z.coerce.number().int().min(10);

const environmentSchema = z.object({
  SEREN_JOB_ID: z.string().min(1),
  SEREN_JOB_ATTEMPT: z.coerce.number().int().min(1),
  SEREN_JOB_TABLE: z.string().min(1),
  /** The key that opens URLs: a file on this machine, or one of KMS. */
  SEREN_SEAL_KEY_FILE: z.string().min(1).optional(),
  SEREN_DATA_KEY: z.string().min(1).optional(),
  /** In CloudWatch; without one the log goes to standard output alone. */
  SEREN_WORKER_LOG_GROUP: z.string().min(1).optional(),
  ...reachVariables,
  SEREN_LEASE_MS: milliseconds.default(DEFAULT_LEASE_MS),
  SEREN_HEARTBEAT_MS: milliseconds.default(DEFAULT_HEARTBEAT_MS),
  SEREN_PROGRESS_MS: milliseconds.default(DEFAULT_PROGRESS_MS),
  SEREN_STOP_DEADLINE_MS: milliseconds.default(DEFAULT_STOP_DEADLINE_MS),
  SEREN_NOTICE_MS: milliseconds.default(DEFAULT_NOTICE_MS),
  SEREN_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** `stdin`: the end of standard input means that whoever started this worker is no more. */
  SEREN_STOP_WITH: z.enum(['stdin']).optional(),
  PATH: z.string().default(''),
});

/** Names of all that is read. */
export const workerVariables: readonly string[] = Object.keys(environmentSchema.shape);

export interface WorkerTimes {
  leaseMs: number;
  heartbeatMs: number;
  progressMs: number;
  stopDeadlineMs: number;
  /** Between looks for a notice that the machine is taken back. */
  noticeMs: number;
}

export interface WorkerConfig {
  jobId: string;
  attempt: number;
  workerId: string;
  tableName: string;
  sealKey: { file: string } | { kmsKey: string };
  logGroup: string | null;
  /** What the job may connect to. */
  reach: ReachRules;
  /** Whether this is a machine of EC2, which can be taken back. */
  isOnInstance: boolean;
  logLevel: string;
  stopsWithStdin: boolean;
  /** Where to look for a native pg_dump. */
  path: string;
  times: WorkerTimes;
}

/**
 * Reads the configuration, all of it at once; the AWS client reads region, endpoint and credentials by itself.
 *
 * @throws ReplicatorError `invalid_config` with every variable that is wrong, and none of their values.
 */
export function readWorkerConfig(environment: NodeJS.ProcessEnv, processId: number): WorkerConfig {
  const parsed = environmentSchema.safeParse(environment);
  const sealKeyProblem = findSealKeyProblem(environment);
  if (!parsed.success || sealKeyProblem.length > 0) {
    const issues = parsed.error?.issues ?? [];
    const problems = [
      ...issues.map((issue) => `${issue.path.join('.')} (${issue.message})`),
      ...sealKeyProblem,
    ];
    throw new ReplicatorError(
      'invalid_config',
      `The worker's environment is not valid: ${problems.join(', ')}.`,
    );
  }
  const { data } = parsed;
  return Object.freeze({
    jobId: data.SEREN_JOB_ID,
    attempt: data.SEREN_JOB_ATTEMPT,
    workerId: `${hostname()}/${processId}/${randomUUID().slice(0, 8)}`,
    tableName: data.SEREN_JOB_TABLE,
    sealKey: sealKeyOf(data),
    reach: reachRulesOf(data),
    logGroup: data.SEREN_WORKER_LOG_GROUP ?? null,
    isOnInstance: takesMetadata(environment),
    logLevel: data.SEREN_LOG_LEVEL,
    stopsWithStdin: data.SEREN_STOP_WITH === 'stdin',
    path: data.PATH,
    times: {
      leaseMs: data.SEREN_LEASE_MS,
      heartbeatMs: data.SEREN_HEARTBEAT_MS,
      progressMs: data.SEREN_PROGRESS_MS,
      stopDeadlineMs: data.SEREN_STOP_DEADLINE_MS,
      noticeMs: data.SEREN_NOTICE_MS,
    },
  });
}

/** `SEREN_METADATA=ec2`: the machine knows which job it is for. */
export function takesMetadata(environment: NodeJS.ProcessEnv): boolean {
  return environment['SEREN_METADATA'] === 'ec2';
}

type Environment = z.infer<typeof environmentSchema>;

function findSealKeyProblem({
  SEREN_SEAL_KEY_FILE: file,
  SEREN_DATA_KEY: kmsKey,
}: NodeJS.ProcessEnv): string[] {
  const isOne = (file === undefined) !== (kmsKey === undefined);
  return isOne ? [] : ['SEREN_SEAL_KEY_FILE, SEREN_DATA_KEY (one of them opens URLs)'];
}

function sealKeyOf({
  SEREN_SEAL_KEY_FILE: file,
  SEREN_DATA_KEY: kmsKey,
}: Environment): WorkerConfig['sealKey'] {
  return file === undefined ? { kmsKey: kmsKey ?? '' } : { file };
}
