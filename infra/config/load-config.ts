/** Everything that the program is told, checked as a whole before the first resource is registered. */
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refuseConfig, type ConfigProblem } from './config-problem.ts';
import type { StackConfig } from './config-schema.ts';
import { findWorkerImage } from './find-worker-image.ts';
import { namesFor, type Names } from './names.ts';
import { parseConfig } from './parse-config.ts';
import { WORKER_ARCHITECTURE } from './worker-machines.ts';

const packages = join(import.meta.dirname, '../../packages');

/** The directory of a Lambda function's bundle. */
export const lambdaBundle = (name: 'api' | 'reconciler'): string => join(packages, 'coordinator/dist', name);

export interface LoadedConfig extends StackConfig {
  region: string;
  accountId: string;
  workerImageId: string;
  names: Names;
  isProduction: boolean;
}

/** @throws RunError with every problem and its path. */
export async function loadConfig(): Promise<LoadedConfig> {
  const stackName = pulumi.getStack();
  const { region, config, problems } = parseConfig(pulumi.runtime.allConfig(), stackName);
  const image = await lookUpImage(region, config);
  const all = [...problems, ...image.problems, ...findMissingBundles()];
  if (region === null || config === null || image.id === null || all.length > 0)
    throw refuseConfig(stackName, all);
  const { accountId } = await aws.getCallerIdentity();
  return {
    ...config,
    region,
    accountId: config.accountId ?? accountId,
    workerImageId: image.id,
    names: namesFor(config.stage),
    isProduction: config.stage === 'prod',
  };
}

/** Where the configuration is too wrong to look, the other problems are told and this one is met later. */
async function lookUpImage(
  region: string | null,
  config: StackConfig | null,
): Promise<{ id: string | null; problems: ConfigProblem[] }> {
  if (region === null || config === null) return { id: null, problems: [] };
  const { amiId } = config.worker;
  const id = await findWorkerImage(amiId, region);
  if (id !== null) return { id, problems: [] };
  const message =
    amiId === undefined
      ? `there is no own ${WORKER_ARCHITECTURE} image of a worker in ${region}; run ./scripts/build-ami ${config.stage}`
      : `${amiId} is not an own ${WORKER_ARCHITECTURE} image in ${region}; run ./scripts/build-ami ${config.stage}, or leave this out`;
  return { id, problems: [{ path: 'worker.amiId', message }] };
}

function findMissingBundles(): ConfigProblem[] {
  return (['api', 'reconciler'] as const)
    .filter((name) => !existsSync(lambdaBundle(name)))
    .map((name) => ({
      path: `packages/coordinator/dist/${name}`,
      message: 'is not built; run ./scripts/setup',
    }));
}
