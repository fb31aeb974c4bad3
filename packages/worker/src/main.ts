/**
 * The worker: one attempt of one job, then it exits. 0: the job's end was recorded, or the job was not this
 * worker's to begin with; 1: it was not recorded, and the reconciler will find the lease expired; 2: the
 * environment is wrong.
 */
import { setFlagsFromString } from 'node:v8';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describeError, ReplicatorError } from '@seren-replicator/job-models';
import { localKeySealer, readSealKey } from '@seren-replicator/sealing';
import type { Logger } from 'pino';
import { createLog } from './create-log.ts';
import { runJob } from './run-job.ts';
import { Stop } from './stop.ts';
import { readWorkerConfig, type WorkerConfig } from './worker-config.ts';

// A copy makes many objects and keeps few: the room for new ones is tidied before it grows. A copy of 2,000 tables takes
// 106 MB less for that, and half a second more of this process's time.
setFlagsFromString('--semi-space-growth-factor=1');

/** Well within a lease, retries included: a request that hangs must not take the heartbeat with it. */
const REQUEST_LIMITS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };

function listenForStop(stop: Stop, { stopsWithStdin }: WorkerConfig): void {
  const tellToStop = (): void => stop.now('told_to_stop');
  process.on('SIGTERM', tellToStop);
  process.on('SIGINT', tellToStop);
  if (stopsWithStdin) process.stdin.on('end', tellToStop).on('error', tellToStop).resume();
}

/** Node's own report of an error shows what hangs on it, and on database errors hang connection parameters. */
function reportCrash(log: Logger): (error: unknown) => never {
  return (error) => {
    log.error({ failure: describeError(error) }, 'worker crashed');
    process.exit(1);
  };
}

async function main(config: WorkerConfig): Promise<number> {
  const log = createLog({ level: config.logLevel, jobId: config.jobId, attempt: config.attempt });
  process.on('uncaughtException', reportCrash(log)).on('unhandledRejection', reportCrash(log));
  const stop = new Stop();
  listenForStop(stop, config);
  try {
    const sealer = localKeySealer(await readSealKey(config.sealKeyFile));
    const table = {
      client: new DynamoDBClient({ requestHandler: REQUEST_LIMITS }),
      tableName: config.tableName,
    };
    const end = await runJob({ table, sealer, log, now: () => new Date(), stop }, config);
    return end === 'lost' ? 1 : 0;
  } catch (error) {
    log.error({ failure: describeError(error) }, 'worker failed');
    return 1;
  }
}

try {
  process.exit(await main(readWorkerConfig(process.env, process.pid)));
} catch (error) {
  if (!(error instanceof ReplicatorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
