/**
 * The variables of the programs that the stack runs. What they mean is in `packages/coordinator/src/lambda` and, for
 * workers, in `docs/contracts.md`; tests read them with the schemas of the code.
 */
import * as pulumi from '@pulumi/pulumi';
import type { LoadedConfig } from '../config/load-config.ts';
import { MANAGED_BY } from '../config/names.ts';
import type { CoordinatorArgs } from './coordinator.ts';

export type Environment = Record<string, pulumi.Input<string>>;

/** Of metrics, logs and traces; alarms and dashboard ask for the same. */
export const serviceNameOf = ({ names }: LoadedConfig): string => names.of('seren-replication');

export function apiEnvironment(args: CoordinatorArgs): Environment {
  const { config, jobTable, dataKey, apiKeys, workerLogGroup, variables } = args;
  return {
    POWERTOOLS_SERVICE_NAME: serviceNameOf(config),
    SEREN_JOB_TABLE: jobTable.table.name,
    SEREN_DATA_KEY: dataKey.alias.name,
    SEREN_API_KEYS_PATH: apiKeys.path,
    SEREN_WORKER_LOG_GROUP: workerLogGroup.name,
    ...reachEnvironment(config),
    ...variables.environment,
  };
}

export function reconcilerEnvironment({ config, jobTable, fleet, network }: CoordinatorArgs): Environment {
  return {
    POWERTOOLS_SERVICE_NAME: serviceNameOf(config),
    SEREN_JOB_TABLE: jobTable.table.name,
    SEREN_LAUNCH_TEMPLATE: fleet.launchTemplate.name,
    SEREN_SUBNET_IDS: pulumi.output(network.workerSubnetIds).apply((ids) => ids.join(',')),
    SEREN_MANAGED_BY: config.names.of(MANAGED_BY),
    SEREN_MAX_WORKERS: String(config.worker.maxWorkers),
  };
}

/** Through the user data of the launch template: nothing secret may be among them. */
export function workerEnvironment({
  config,
  jobTable,
  dataKey,
  workerLogGroup,
  variables,
}: Pick<CoordinatorArgs, 'config' | 'jobTable' | 'dataKey' | 'workerLogGroup' | 'variables'>): Environment {
  return {
    SEREN_JOB_TABLE: jobTable.table.name,
    SEREN_DATA_KEY: dataKey.alias.name,
    SEREN_WORKER_LOG_GROUP: workerLogGroup.name,
    ...reachEnvironment(config),
    ...variables.environment,
  };
}

/** What jobs may connect to; asked at submission and again by the worker. */
function reachEnvironment({ targets }: LoadedConfig): Environment {
  return {
    ...(targets.allowPrivateAddresses ? { SEREN_ALLOW_PRIVATE_ADDRESSES: 'true' } : {}),
    ...(targets.allowedHosts.length === 0
      ? {}
      : { SEREN_ALLOWED_TARGET_HOSTS: targets.allowedHosts.join(',') }),
  };
}
