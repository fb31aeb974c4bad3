import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { StorageKey } from './storage-key.ts';

export interface WorkerRegistryArgs {
  repositoryName: string;
  keepImages: number;
  storageKey: StorageKey;
}

const UNTAGGED_DAYS = 7;

/** Container images of the worker, built from `packages/worker/Dockerfile`; a tag, once pushed, means one image. */
export class WorkerRegistry extends pulumi.ComponentResource {
  readonly repository: aws.ecr.Repository;

  constructor(name: string, args: WorkerRegistryArgs, options?: pulumi.ComponentResourceOptions) {
    super('seren-replicator:WorkerRegistry', name, {}, options);
    this.repository = new aws.ecr.Repository(
      name,
      {
        name: args.repositoryName,
        imageTagMutability: 'IMMUTABLE',
        imageScanningConfiguration: { scanOnPush: true },
        encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: args.storageKey.arn }],
      },
      { parent: this },
    );
    new aws.ecr.LifecyclePolicy(
      name,
      {
        repository: this.repository.name,
        policy: JSON.stringify({
          rules: [
            {
              rulePriority: 1,
              description: 'Images that lost their tag',
              selection: {
                tagStatus: 'untagged',
                countType: 'sinceImagePushed',
                countUnit: 'days',
                countNumber: UNTAGGED_DAYS,
              },
              action: { type: 'expire' },
            },
            {
              rulePriority: 2,
              description: 'The newest are kept',
              selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: args.keepImages },
              action: { type: 'expire' },
            },
          ],
        }),
      },
      { parent: this },
    );
    this.registerOutputs({ url: this.repository.repositoryUrl });
  }
}
