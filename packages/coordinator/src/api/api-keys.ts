import type { Secret } from '@seren-replicator/job-models';
import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may use the API. An owner has a name and one key or several: jobs belong to the name, and it may be logged. */
export interface ApiKeys {
  /** The name that the key belongs to, or null for one that is unknown. */
  ownerOf(presented: Secret): Promise<string | null>;
}

export interface NamedKey {
  owner: string;
  key: Secret;
}

/** Keys that are known beforehand. The time an answer takes tells nothing about them. */
export function namedApiKeys(keys: readonly NamedKey[]): ApiKeys {
  const digests = keys.map(({ owner, key }) => ({ owner, digest: digestOf(key) }));
  return {
    ownerOf: async (presented) => {
      const digest = digestOf(presented);
      // All of them each time, and digests, which are of one length.
      const matching = digests.filter((known) => timingSafeEqual(known.digest, digest));
      return matching[0]?.owner ?? null;
    },
  };
}

function digestOf(key: Secret): Buffer {
  return createHash('sha256').update(key.reveal()).digest();
}
