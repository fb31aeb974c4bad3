import type * as aws from '@pulumi/aws';
import type { LoadedConfig } from '../config/load-config.ts';
import { AuditTrail } from './audit-trail.ts';
import { Bastion } from './bastion.ts';
import { PrivateBucket } from './private-bucket.ts';
import type { PrivateNetwork } from './private-network.ts';
import type { StorageKey } from './storage-key.ts';
import { TargetDatabase } from './target-database.ts';
import type { WorkerFleet } from './worker-fleet.ts';
import { WorkerRegistry } from './worker-registry.ts';

export interface OptionalPartsInput {
  config: LoadedConfig;
  privateNetwork: PrivateNetwork | undefined;
  storageKey: StorageKey;
  fleet: WorkerFleet;
  provider: aws.Provider;
}

export interface OptionalParts {
  bastion: Bastion | undefined;
  database: TargetDatabase | undefined;
  bucket: PrivateBucket | undefined;
  registry: WorkerRegistry | undefined;
}

export const trailNameFor = ({ auditTrail, names }: LoadedConfig): string | undefined =>
  auditTrail ? names.of('seren-replication') : undefined;

/** The parts that are on in the configuration. */
export function createOptionalParts(input: OptionalPartsInput): OptionalParts {
  const bastion = createBastion(input);
  createAuditTrail(input);
  return {
    bastion,
    database: createDatabase(input, bastion),
    bucket: createBucket(input),
    registry: createRegistry(input),
  };
}

function createBastion({
  config,
  privateNetwork,
  storageKey,
  provider,
}: OptionalPartsInput): Bastion | undefined {
  if (config.bastion === undefined || privateNetwork === undefined) return undefined;
  const { names, accountId, region } = config;
  return new Bastion(
    'bastion',
    {
      bastionName: names.of('seren-replication-bastion'),
      instanceType: config.bastion.instanceType,
      accountId,
      region,
      network: privateNetwork,
      storageKey,
      provider,
    },
    { provider },
  );
}

function createDatabase(
  { config, privateNetwork, storageKey, fleet, provider }: OptionalPartsInput,
  bastion: Bastion | undefined,
): TargetDatabase | undefined {
  if (config.database === undefined || privateNetwork === undefined) return undefined;
  return new TargetDatabase(
    'database',
    {
      ...config.database,
      identifier: config.names.of('seren-replication-target'),
      isProtected: config.isProduction,
      parameterPrefix: config.names.parameterPrefix,
      network: privateNetwork,
      storageKey,
      clients: {
        workers: fleet.securityGroup,
        ...(bastion === undefined ? {} : { bastion: bastion.securityGroup }),
      },
    },
    { provider },
  );
}

function createBucket({ config, storageKey, provider }: OptionalPartsInput): PrivateBucket | undefined {
  if (config.bucket === undefined) return undefined;
  return new PrivateBucket(
    'bucket',
    {
      bucketName: bucketNameFor(config, 'seren-replication'),
      storageKey,
      expireAfterDays: config.bucket.expireAfterDays,
      isProtected: config.isProduction,
    },
    { provider },
  );
}

function createRegistry({ config, storageKey, provider }: OptionalPartsInput): WorkerRegistry | undefined {
  if (config.registry === undefined) return undefined;
  return new WorkerRegistry(
    'registry',
    {
      repositoryName: config.names.of('seren-replicator-worker'),
      keepImages: config.registry.keepImages,
      storageKey,
    },
    { provider },
  );
}

function createAuditTrail({ config, storageKey, provider }: OptionalPartsInput): void {
  const trailName = trailNameFor(config);
  if (trailName === undefined) return;
  const { accountId, region, isProduction: isProtected } = config;
  new AuditTrail(
    'audit-trail',
    {
      trailName,
      bucketName: bucketNameFor(config, 'seren-replication-trail'),
      accountId,
      region,
      storageKey,
      isProtected,
    },
    { provider },
  );
}

/** Bucket names are shared by all accounts of the world. */
function bucketNameFor({ names, accountId, region }: LoadedConfig, name: string): string {
  return `${names.of(name)}-${accountId}-${region}`;
}
