import * as aws from '@pulumi/aws';
import { MANAGED_BY } from './names.ts';
import { WORKER_ARCHITECTURE } from './worker-machines.ts';

/** As `packer/worker.pkr.hcl` names and tags images. */
const IMAGE_NAMES = 'seren-replicator-worker-*';

/**
 * The machine image of workers: the one that is configured, if it is there and fits, else the newest own one. Null
 * when there is none.
 */
export async function findWorkerImage(amiId: string | undefined, region: string): Promise<string | null> {
  const wanted =
    amiId === undefined
      ? [
          { name: 'name', values: [IMAGE_NAMES] },
          { name: 'tag:ManagedBy', values: [MANAGED_BY] },
        ]
      : [{ name: 'image-id', values: [amiId] }];
  const { ids } = await aws.ec2.getAmiIds({
    region,
    owners: ['self'],
    filters: [
      ...wanted,
      { name: 'architecture', values: [WORKER_ARCHITECTURE] },
      { name: 'state', values: ['available'] },
    ],
  });
  // Newest first, unless it is asked for otherwise.
  return ids[0] ?? null;
}
