/** The clients of AWS that a worker uses. Region, endpoint and credentials they find by themselves. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { workerLogStream } from '@seren-replicator/job-models';
import type { JobTable } from '@seren-replicator/job-store';
import { kmsSealer, localKeySealer, readSealKey, type UrlSealer } from '@seren-replicator/sealing';
import { shipLog, type LogShipper } from './ship-log.ts';
import type { WorkerConfig } from './worker-config.ts';

/** Well within a lease, retries included: a request that hangs must not take the heartbeat with it. */
const REQUEST_LIMITS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true };
/** The job fails if its URLs cannot be opened: a moment of trouble is waited out. */
const KMS_TRIES = 6;

export function openTable({ tableName }: WorkerConfig): JobTable {
  return { client: new DynamoDBClient({ requestHandler: REQUEST_LIMITS }), tableName };
}

export async function createSealer({ sealKey }: WorkerConfig): Promise<Pick<UrlSealer, 'open'>> {
  if ('file' in sealKey) return localKeySealer(await readSealKey(sealKey.file));
  const client = new KMSClient({ requestHandler: REQUEST_LIMITS, maxAttempts: KMS_TRIES });
  return kmsSealer({ client, keyId: sealKey.kmsKey });
}

export function createShipper({ logGroup, jobId, attempt }: WorkerConfig): LogShipper | null {
  if (logGroup === null) return null;
  const client = new CloudWatchLogsClient({ requestHandler: REQUEST_LIMITS });
  return shipLog({ client, group: logGroup, stream: workerLogStream({ jobId, attempt }) });
}
