import type { Secret } from '@seren-replicator/job-models';
import { createHash, timingSafeEqual } from 'node:crypto';

/** Who may use the API. An owner is the name of a key: jobs belong to it, and it may be logged. */
export interface ApiKeys {
  /** The name of the key, or null for one that is unknown. */
  ownerOf(presented: Secret): Promise<string | null>;
}

/** Keys that are known beforehand, by name. The time an answer takes tells nothing about them. */
export function namedApiKeys(keys: ReadonlyMap<string, Secret>): ApiKeys {
  const digests = [...keys].map(([owner, key]) => ({ owner, digest: digestOf(key) }));
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
