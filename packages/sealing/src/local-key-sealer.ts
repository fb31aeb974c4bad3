/**
 * Sealing with a key in a file, for the service on one machine.
 *
 * Envelope: `local-v1:` and base64url of what `encryptUrl` gives. The name in front tells envelopes of other sealers
 * and later forms apart.
 */
import type { Secret } from '@seren-replicator/job-models';
import { decryptUrl, encryptUrl } from './encrypt-url.ts';
import { sealBroken } from './seal-broken.ts';
import type { SealContext, UrlSealer } from './url-sealer.ts';

const PREFIX = 'local-v1:';

/** @param key 32 bytes, from `readSealKey`. */
export function localKeySealer(key: Buffer): UrlSealer {
  return {
    seal: async (context, url) => PREFIX + encryptUrl(key, context, url).toString('base64url'),
    open: async (context, sealed) => open(key, context, sealed),
  };
}

function open(key: Buffer, context: SealContext, sealed: string): Secret {
  if (!sealed.startsWith(PREFIX)) throw sealBroken(context);
  try {
    return decryptUrl(key, context, Buffer.from(sealed.slice(PREFIX.length), 'base64url'));
  } catch (error) {
    throw sealBroken(context, error);
  }
}
