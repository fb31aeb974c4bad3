/** The variables of the coordinator's functions; `packages/coordinator` says what they mean, a test compares. */
import type * as pulumi from '@pulumi/pulumi';
import * as pulumiRuntime from '@pulumi/pulumi';
import type { CoordinatorArgs } from './coordinator.ts';

type Environment = Record<string, pulumi.Input<string>>;

export function apiEnvironment({
  config,
  jobTable,
  dataKey,
  apiKeys,
  workerLogGroup,
}: CoordinatorArgs): Environment {
  return {
    SEREN_JOB_TABLE: jobTable.table.name,
    SEREN_DATA_KEY: dataKey.alias.name,
    SEREN_API_KEYS_PATH: apiKeys.path,
    SEREN_WORKER_LOG_GROUP: workerLogGroup.name,
    SEREN_ALLOWED_TARGET_HOSTS: config.targets.allowedHosts.join(','),
    SEREN_ALLOW_PRIVATE_ADDRESSES: String(config.targets.allowPrivateAddresses),
  };
}

export function reconcilerEnvironment({ config, jobTable, fleet, network }: CoordinatorArgs): Environment {
  return {
    SEREN_JOB_TABLE: jobTable.table.name,
    SEREN_LAUNCH_TEMPLATE: fleet.launchTemplate.name,
    SEREN_SUBNET_IDS: pulumiRuntime.output(network.workerSubnetIds).apply((ids) => ids.join(',')),
    SEREN_MANAGED_BY: config.names.of('seren-replication-system'),
    SEREN_MAX_WORKERS: String(config.worker.maxWorkers),
  };
}
