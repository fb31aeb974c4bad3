/** An AWS account as lookups see it. Its ids are made up. */
export interface Account {
  accountId: string;
  region: string;
  zones: readonly string[];
  /** Own machine images, newest first. */
  images: readonly Image[];
}

export interface Image {
  id: string;
  name: string;
  architecture: 'arm64' | 'x86_64';
  tags: Readonly<Record<string, string>>;
}

const workerImageTags = { ManagedBy: 'seren-replication-system' };

export const sampleAccount: Account = {
  accountId: '111122223333',
  region: 'us-east-1',
  zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  images: [
    {
      id: 'ami-0a1b2c3d4e5f60001',
      name: 'seren-replicator-worker-arm64-20261120',
      architecture: 'arm64',
      tags: workerImageTags,
    },
    {
      id: 'ami-0a1b2c3d4e5f60002',
      name: 'seren-replicator-worker-x86_64-20261120',
      architecture: 'x86_64',
      tags: workerImageTags,
    },
  ],
};
