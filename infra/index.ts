/** The service in one AWS account and region: configuration, components, outputs. */
import * as aws from '@pulumi/aws';
import { ApiKeys } from './components/api-keys.ts';
import { chooseNetwork } from './components/choose-network.ts';
import { logGroupNameOf } from './components/coordinator-function.ts';
import { Coordinator } from './components/coordinator.ts';
import { DataKey } from './components/data-key.ts';
import { grantFleetControl } from './components/fleet-access.ts';
import { HttpApi } from './components/http-api.ts';
import { grantJobRun, grantJobSubmission, grantReconciling } from './components/job-table-access.ts';
import { JobTable } from './components/job-table.ts';
import { createLogGroup } from './components/log-group.ts';
import { Observability } from './components/observability.ts';
import { createOptionalParts, trailNameFor } from './components/optional-parts.ts';
import { serviceNameOf, workerEnvironment } from './components/program-environments.ts';
import { RuntimeVariables } from './components/runtime-variables.ts';
import { ServiceRole } from './components/service-role.ts';
import { StorageKey } from './components/storage-key.ts';
import { grantLogReading, grantWorkerTelemetry } from './components/worker-access.ts';
import { WorkerFleet } from './components/worker-fleet.ts';
import { loadConfig } from './config/load-config.ts';
import { MANAGED_BY } from './config/names.ts';

const config = await loadConfig();
const { names, region, accountId, isProduction } = config;
const provider = new aws.Provider('aws', {
  region: region as aws.Region,
  allowedAccountIds: [accountId],
  defaultTags: { tags: { ManagedBy: MANAGED_BY, Stage: config.stage } },
});
const options = { provider };
const managedBy = names.of(MANAGED_BY);
const apiFunctionName = names.of('seren-replication-coordinator');
const reconcilerFunctionName = names.of('seren-replication-reconciler');
const workerName = names.of('seren-replication-worker');
const logGroups = {
  access: `/aws/apigateway/${names.of('seren-replication')}`,
  worker: `/seren-replication/${workerName}`,
};

// Who does what: each role gets its permissions beside the resource that they are for.
const onLambda = 'lambda.amazonaws.com';
const apiRole = new ServiceRole('api', { roleName: apiFunctionName, service: onLambda }, options);
const reconcilerRole = new ServiceRole(
  'reconciler',
  { roleName: reconcilerFunctionName, service: onLambda },
  options,
);
const workerRole = new ServiceRole('worker', { roleName: workerName, service: 'ec2.amazonaws.com' }, options);

// What is kept, and what it is encrypted with.
const storageKey = new StorageKey(
  'storage-key',
  {
    aliasName: names.of('seren-replication-system-storage'),
    accountId,
    region,
    logGroupNames: [
      logGroupNameOf(apiFunctionName),
      logGroupNameOf(reconcilerFunctionName),
      logGroups.access,
      logGroups.worker,
    ],
    trailName: trailNameFor(config),
  },
  options,
);
const dataKey = new DataKey(
  'data-key',
  {
    aliasName: names.of('seren-replication-system-data'),
    accountId,
    api: apiRole,
    worker: workerRole,
  },
  options,
);
const jobTable = new JobTable(
  'job-table',
  { tableName: names.of('replication-jobs'), storageKey, isProtected: isProduction },
  options,
);
const apiKeys = new ApiKeys(
  'api-keys',
  {
    names: config.api.keys,
    parameterPrefix: names.parameterPrefix,
    region,
    accountId,
    storageKey,
    api: apiRole,
  },
  options,
);

const variables = new RuntimeVariables(
  'variables',
  {
    variables: config.variables,
    parameterPrefix: names.parameterPrefix,
    region,
    accountId,
    storageKey,
    roles: [apiRole, workerRole],
  },
  options,
);

// Machines for jobs.
const { network, privateNetwork } = await chooseNetwork(config, provider);
const workerLogGroup = createLogGroup('worker', { logGroupName: logGroups.worker, storageKey }, options);
const fleet = new WorkerFleet(
  'worker-fleet',
  {
    fleetName: workerName,
    managedBy,
    imageId: config.workerImageId,
    rootVolumeGigabytes: config.worker.rootVolumeGigabytes,
    market: config.worker.market,
    postgresPorts: config.worker.postgresPorts,
    network,
    role: workerRole,
    environment: workerEnvironment({ config, jobTable, dataKey, workerLogGroup, variables }),
  },
  options,
);

const tableAccess = { jobTable, storageKey, region };
grantJobSubmission(apiRole, tableAccess);
const streamPolicy = grantReconciling(reconcilerRole, tableAccess);
grantJobRun(workerRole, tableAccess);
grantLogReading(apiRole, workerLogGroup);
grantWorkerTelemetry(workerRole, workerLogGroup);
grantFleetControl(reconcilerRole, {
  fleet,
  network,
  managedBy,
  imageId: config.workerImageId,
  market: config.worker.market,
  worker: workerRole,
  region,
  accountId,
});

// The coordinator, the way to it, and who watches.
const coordinator = new Coordinator(
  'coordinator',
  {
    config,
    apiFunctionName,
    reconcilerFunctionName,
    apiRole,
    reconcilerRole,
    jobTable,
    storageKey,
    dataKey,
    apiKeys,
    variables,
    fleet,
    network,
    workerLogGroup,
    streamPolicy,
  },
  options,
);
const httpApi = new HttpApi(
  'http-api',
  {
    apiName: names.of('seren-replication'),
    accessLogGroupName: logGroups.access,
    handler: coordinator.api.function,
    storageKey,
    burst: config.api.burst,
    rate: config.api.rate,
    corsOrigins: config.api.corsOrigins,
    domain: config.api.domain,
  },
  options,
);
const observability = new Observability(
  'observability',
  {
    prefix: names.of('seren-replication'),
    region,
    accountId,
    email: config.alarms.email,
    monthlyBudgetDollars: config.alarms.monthlyBudgetDollars,
    storageKey,
    watched: {
      apiFunction: coordinator.api.function.name,
      reconcilerFunction: coordinator.reconciler.function.name,
      tableName: jobTable.table.name,
      deadLetterQueue: coordinator.deadLetters.name,
      apiId: httpApi.api.id,
      metricsDimensions: { service: serviceNameOf(config) },
      stuckAfterHours: config.alarms.stuckAfterHours,
    },
  },
  options,
);
const { bastion, database, bucket, registry } = createOptionalParts({
  config,
  privateNetwork,
  storageKey,
  fleet,
  provider,
});

/** What `SEREN_REMOTE_API` is set to. */
export const apiUrl = httpApi.url;
/** Where the domain has to point, when one is configured. */
export const domainTarget = httpApi.domainTarget;
/** Parameters with the API keys. */
export const apiKeysPath = apiKeys.path;
export const jobTableName = jobTable.table.name;
export const workerImageId = config.workerImageId;
export const workerLogGroupName = workerLogGroup.name;
export const dashboardName = observability.dashboard.dashboardName;
export const bastionInstanceId = bastion?.instance.id;
export const databaseAddress = database?.instance.address;
/** Parameters with the database's URL and password. */
export const databaseParametersPath = database?.parameterPath;
export const bucketName = bucket?.bucket.bucket;
export const registryUrl = registry?.repository.repositoryUrl;
