/**
 * The Lambda function that starts and ends machines. EC2's client, which is larger than all the rest, is loaded when
 * the first pass needs it: most events of the stream need none.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { JobTable } from '@seren-replicator/job-store';
import { DEFAULT_RECONCILER_LIMITS } from '../reconciler/reconciler-limits.ts';
import { reconcile } from '../reconciler/reconcile.ts';
import type { WorkerFleet } from '../reconciler/worker-fleet.ts';
import { CLIENT_SETTINGS } from './client-settings.ts';
import { createReconcilerHandler } from './create-reconciler-handler.ts';
import { reconcilerEnvironmentSchema } from './reconciler-environment.ts';
import { readEnvironment } from './read-environment.ts';
import { createTelemetry } from './telemetry.ts';

const environment = await readEnvironment(reconcilerEnvironmentSchema, process.env, {
  // Infrastructure tells it everything: a client for Parameter Store would only make it larger.
  directory: import.meta.dirname,
});
const telemetry = createTelemetry(environment.POWERTOOLS_SERVICE_NAME);
const { log, metrics, traced } = telemetry;
const table: JobTable = {
  client: traced(new DynamoDBClient(CLIENT_SETTINGS)),
  tableName: environment.SEREN_JOB_TABLE,
};
const limits = { ...DEFAULT_RECONCILER_LIMITS, maxWorkers: environment.SEREN_MAX_WORKERS };
let fleet: WorkerFleet | undefined;

async function openFleet(): Promise<WorkerFleet> {
  const { createEc2Client, ec2WorkerFleet } = await import('../aws/ec2-worker-fleet.ts');
  return ec2WorkerFleet({
    client: traced(createEc2Client({ requestHandler: CLIENT_SETTINGS.requestHandler })),
    settings: {
      launchTemplateName: environment.SEREN_LAUNCH_TEMPLATE,
      subnetIds: environment.SEREN_SUBNET_IDS,
      managedBy: environment.SEREN_MANAGED_BY,
    },
    log,
  });
}

export const handler = createReconcilerHandler({
  table,
  telemetry,
  now: () => new Date(),
  reconcile: async (now, changedJobIds) => {
    fleet ??= await openFleet();
    return reconcile({ table, fleet, limits, log, metrics }, now, changedJobIds);
  },
});
