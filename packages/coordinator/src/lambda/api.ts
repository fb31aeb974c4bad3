/** The Lambda function behind the HTTP API. What it needs is made once, when Lambda starts the process. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import { createReach, reachRulesOf } from '@seren-replicator/reach';
import { parameterStore } from '@seren-replicator/runtime-config';
import { kmsSealer } from '@seren-replicator/sealing';
import manifest from '../../package.json' with { type: 'json' };
import { createApi } from '../api/create-api.ts';
import { cloudWatchJobLogs } from '../aws/cloudwatch-job-logs.ts';
import { ssmApiKeys } from '../aws/ssm-api-keys.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { createApiHandler } from './create-api-handler.ts';
import { apiEnvironmentSchema } from './api-environment.ts';
import { readEnvironment } from './read-environment.ts';
import { createTelemetry } from './telemetry.ts';

const environment = await readEnvironment(apiEnvironmentSchema, process.env, {
  directory: import.meta.dirname,
  readParameters: parameterStore(),
});
const telemetry = createTelemetry(environment.POWERTOOLS_SERVICE_NAME);
const { log, metrics, traced } = telemetry;

const api = createApi({
  table: { client: traced(new DynamoDBClient(CLIENT_SETTINGS)), tableName: environment.SEREN_JOB_TABLE },
  sealer: kmsSealer({ client: traced(new KMSClient(CLIENT_SETTINGS)), keyId: environment.SEREN_DATA_KEY }),
  reach: createReach(reachRulesOf(environment)),
  apiKeys: ssmApiKeys({
    client: traced(new SSMClient(CLIENT_SETTINGS)),
    path: environment.SEREN_API_KEYS_PATH,
    log,
    clock: () => performance.now(),
  }),
  logs: cloudWatchJobLogs({
    client: traced(new CloudWatchLogsClient(CLIENT_SETTINGS)),
    logGroupName: environment.SEREN_WORKER_LOG_GROUP,
  }),
  log,
  metrics,
  now: () => new Date(),
  version: manifest.version,
  maxJobsPerOwner: environment.SEREN_MAX_JOBS_PER_KEY,
  // The table's stream tells the reconciler.
  onJobChange: () => undefined,
});

export const handler = createApiHandler(api, telemetry);
