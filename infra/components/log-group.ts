import * as aws from '@pulumi/aws';
import type * as pulumi from '@pulumi/pulumi';
import type { StorageKey } from './storage-key.ts';

/** Logs speak of jobs and hosts: long enough to look into a failure, no longer. */
const RETENTION_DAYS = 7;

export function createLogGroup(
  name: string,
  { logGroupName, storageKey }: { logGroupName: string; storageKey: StorageKey },
  options: pulumi.CustomResourceOptions,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    name,
    { name: logGroupName, retentionInDays: RETENTION_DAYS, kmsKeyId: storageKey.arn },
    options,
  );
}
