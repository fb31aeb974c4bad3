/**
 * The worker: one attempt of one job, then it exits, and its machine with it. 0: the job's end was recorded, or the
 * job was not this worker's to begin with; 1: it was not recorded, and the reconciler will find the lease expired;
 * 2: the environment is wrong.
 */
import { setFlagsFromString } from 'node:v8';
import { describeError, ReplicatorError } from '@seren-replicator/job-models';
import { createReach } from '@seren-replicator/reach';
import { loadVariables, parameterStore } from '@seren-replicator/runtime-config';
import type { Logger } from 'pino';
import { createSealer, createShipper, openTable } from './create-clients.ts';
import { createLog } from './create-log.ts';
import { readInstanceEnvironment, readMetadata } from './instance-metadata.ts';
import { notifyWatchdog } from './notify-watchdog.ts';
import { runJob } from './run-job.ts';
import type { LogShipper } from './ship-log.ts';
import { shutMachineDown } from './shut-machine-down.ts';
import { Stop } from './stop.ts';
import { watchInterruption } from './watch-interruption.ts';
import { readWorkerConfig, takesMetadata, workerVariables, type WorkerConfig } from './worker-config.ts';

// A copy makes many objects and keeps few: the room for new ones is tidied before it grows. A copy of 2,000 tables takes
// 106 MB less for that, and half a second more of this process's time.
setFlagsFromString('--semi-space-growth-factor=1');

function listenForStop(stop: Stop, { stopsWithStdin }: WorkerConfig): void {
  const tellToStop = (): void => stop.now('told_to_stop');
  process.on('SIGTERM', tellToStop);
  process.on('SIGINT', tellToStop);
  if (stopsWithStdin) process.stdin.on('end', tellToStop).on('error', tellToStop).resume();
}

/** Node's own report of an error shows what hangs on it, and on database errors hang connection parameters. */
function reportCrash(log: Logger, shipper: LogShipper | null) {
  let hasCrashed = false;
  return (error: unknown): void => {
    log.error({ failure: describeError(error) }, 'worker crashed');
    if (hasCrashed) exit(1);
    hasCrashed = true;
    void Promise.resolve(shipper?.close()).finally(() => exit(1));
  };
}

async function work(config: WorkerConfig): Promise<number> {
  const shipper = createShipper(config);
  const log = createLog({ level: config.logLevel, jobId: config.jobId, attempt: config.attempt, shipper });
  const onCrash = reportCrash(log, shipper);
  process.on('uncaughtException', onCrash).on('unhandledRejection', onCrash);
  const stop = new Stop();
  listenForStop(stop, config);
  const stopNotifying = notifyWatchdog({ environment: process.env, log });
  const ended = new AbortController();
  const { noticeMs } = config.times;
  if (config.isOnInstance) {
    void watchInterruption({ readMetadata, log, stop }, { intervalMs: noticeMs, signal: ended.signal });
  }
  try {
    const reach = createReach(config.reach);
    const deps = { table: openTable(config), sealer: await createSealer(config), reach, log, now, stop };
    return (await runJob(deps, config)) === 'lost' ? 1 : 0;
  } catch (error) {
    log.error({ failure: describeError(error) }, 'worker failed');
    return 1;
  } finally {
    ended.abort();
    await shipper?.close();
    stopNotifying();
  }
}

const now = (): Date => new Date();

async function main(): Promise<number> {
  try {
    await completeEnvironment();
    return await work(readWorkerConfig(process.env, process.pid));
  } catch (error) {
    if (!(error instanceof ReplicatorError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/**
 * What the machine knows goes below what this process was given, and to the clients of AWS as well; a file beside the
 * program goes above both, Parameter Store below.
 */
async function completeEnvironment(): Promise<void> {
  if (takesMetadata(process.env)) {
    Object.assign(process.env, { ...(await readInstanceEnvironment(readMetadata)), ...process.env });
  }
  const variables = await loadVariables({
    directory: import.meta.dirname,
    environment: process.env,
    names: workerVariables,
    readParameters: parameterStore(),
  });
  Object.assign(process.env, variables);
}

function exit(code: number): void {
  shutMachineDown(process.env);
  process.exit(code);
}

exit(await main());
