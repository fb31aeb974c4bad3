/**
 * The service on one machine, in the order in which each part needs the one before: directory, emulator, table,
 * workers, reconciler, API. It stops in the reverse order, so that workers can still give their jobs back.
 */
import {
  createApi,
  namedApiKeys,
  noMetrics,
  reconcile,
  type ReconcilerLimits,
} from '@seren-replicator/coordinator';
import { describeError } from '@seren-replicator/job-models';
import type { JobTable } from '@seren-replicator/job-store';
import { createReach, type ReachRules } from '@seren-replicator/reach';
import { localKeySealer, readSealKey } from '@seren-replicator/sealing';
import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { jobAnnouncer } from './announce-jobs.ts';
import { ChildProcessFleet } from './child-process-fleet.ts';
import { prepareDataDirectory, type DataDirectory } from './data-directory.ts';
import { fileJobLogs } from './file-job-logs.ts';
import { keepEmulator } from './keep-emulator.ts';
import { lockDataDirectory } from './lock-data-directory.ts';
import { openTable } from './open-table.ts';
import { repeat } from './repeat.ts';
import { serveApi } from './serve-api.ts';
import { workerEnvironment, WORKER_STOP_DEADLINE_MS } from './worker-environment.ts';

const OWNER = 'dev';
/** Of a user who is alone, and may want to see what many jobs do. */
const MAX_JOBS = 1_000;
const RECONCILE_INTERVAL_MS = 1_000;

/** Databases are on this machine, or beside it; workers have the same rules from their environment. */
const REACH: ReachRules = { allowPrivate: true, allowLocal: true, allowedTargetHosts: [] };

/** Processes start at once, and their users wait. */
const LIMITS: Omit<ReconcilerLimits, 'maxWorkers'> = {
  maxLostAttempts: 3,
  steadyAttemptMs: 60_000,
  startDeadlineMs: 60_000,
  cancelGraceMs: 120_000,
  exitGraceMs: 15_000,
};

export interface DevStackOptions {
  dataDirectory: string;
  port: number | undefined;
  maxWorkers: number;
  /** The worker's bundle. */
  workerProgram: string;
  /** PATH, for workers. */
  searchPath: string;
  version: string;
  /** Takes one line per job event. */
  say: (line: string) => void;
}

export interface DevStack {
  remoteApi: string;
  apiKey: string;
  /** Leaves nothing running. */
  stop: () => Promise<void>;
}

type Release = () => Promise<void>;

export async function startDevStack(options: DevStackOptions, signal: AbortSignal): Promise<DevStack> {
  const releases: Release[] = [];
  const stop = async (): Promise<void> => {
    for (let release = releases.pop(); release !== undefined; release = releases.pop()) await release();
  };
  try {
    releases.push(await lockDataDirectory(options.dataDirectory));
    const directory = await prepareDataDirectory(options.dataDirectory);
    const { say } = options;
    const emulator = await keepEmulator({ dataDirectory: directory.emulatorDirectory, say }, signal);
    releases.push(() => emulator.stop());
    const table = await openTable(emulator.endpoint);
    releases.push(async () => table.client.destroy());
    const remoteApi = await startService(
      options,
      { directory, table, tableEndpoint: emulator.endpoint },
      releases,
    );
    return { remoteApi, apiKey: directory.apiKey.reveal(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ground {
  directory: DataDirectory;
  table: JobTable;
  tableEndpoint: string;
}

/** Workers, reconciler and API; adds to `releases` how they are stopped. Resolves to the API's URL. */
async function startService(options: DevStackOptions, ground: Ground, releases: Release[]): Promise<string> {
  const { directory, table } = ground;
  const log = pino(
    { timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: join(directory.logDirectory, 'coordinator.log'), mode: 0o600, sync: true }),
  );
  const announcer = jobAnnouncer(table, options.say);
  const fleet = startFleet(options, ground, () => reconciler.wake());
  releases.push(() => fleet.close());
  const limits: ReconcilerLimits = { ...LIMITS, maxWorkers: options.maxWorkers };
  const round = async (): Promise<void> => {
    await reconcile({ table, fleet, limits, log, metrics: noMetrics }, new Date());
    await announcer.announceAll();
  };
  const reconciler = repeat(reportFailures(round, { log, say: options.say }), RECONCILE_INTERVAL_MS);
  releases.push(() => reconciler.stop());
  const api = createApi({
    table,
    sealer: localKeySealer(await readSealKey(directory.sealKeyFile)),
    reach: createReach(REACH),
    apiKeys: namedApiKeys([{ owner: OWNER, key: directory.apiKey }]),
    metrics: noMetrics,
    maxJobsPerOwner: MAX_JOBS,
    logs: fileJobLogs(directory.logDirectory),
    log,
    now: () => new Date(),
    version: options.version,
    onJobChange: ({ jobId }) => {
      announcer.note(jobId);
      reconciler.wake();
    },
  });
  const server = await serveApi(api, options.port);
  releases.push(() => server.stop());
  return server.url;
}

function startFleet(options: DevStackOptions, ground: Ground, onExit: () => void): ChildProcessFleet {
  const surroundings = {
    tableName: ground.table.tableName,
    tableEndpoint: ground.tableEndpoint,
    sealKeyFile: ground.directory.sealKeyFile,
    searchPath: options.searchPath,
  };
  return new ChildProcessFleet({
    program: options.workerProgram,
    logDirectory: ground.directory.logDirectory,
    environmentOf: (work) => workerEnvironment(work, surroundings),
    killAfterMs: WORKER_STOP_DEADLINE_MS + 2_000,
    onExit,
  });
}

/** A round that fails is followed by others; the first of a row is told. */
function reportFailures(
  round: () => Promise<void>,
  { log, say }: { log: Logger; say: (line: string) => void },
): () => Promise<void> {
  let hasFailed = false;
  return async () => {
    try {
      await round();
      hasFailed = false;
    } catch (error) {
      log.error({ failure: describeError(error) }, 'round failed');
      if (!hasFailed) say('The job table cannot be reached; trying on. coordinator.log says more.');
      hasFailed = true;
    }
  };
}
