/**
 * Sealing with a key in a file, for the service on one machine: AES-256-GCM with a random nonce, the context as
 * additional authenticated data.
 *
 * Envelope: `local-v1:` and base64url of nonce (12 bytes), ciphertext, tag (16 bytes). The name in front tells
 * envelopes of other sealers and later forms apart.
 */
import { ReplicatorError, Secret } from '@seren-replicator/job-models';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealContext, UrlSealer } from './url-sealer.ts';

const PREFIX = 'local-v1:';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** @param key 32 bytes, from `readSealKey`. */
export function localKeySealer(key: Buffer): UrlSealer {
  return {
    seal: async (context, url) => seal(key, context, url),
    open: async (context, sealed) => open(key, context, sealed),
  };
}

function seal(key: Buffer, context: SealContext, url: Secret): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticatedData(context));
  const ciphertext = Buffer.concat([cipher.update(url.reveal(), 'utf8'), cipher.final()]);
  return PREFIX + Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString('base64url');
}

function open(key: Buffer, context: SealContext, sealed: string): Secret {
  const envelope = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
  if (!sealed.startsWith(PREFIX) || envelope.length < NONCE_BYTES + TAG_BYTES) throw sealBroken(context);
  const decipher = createDecipheriv(CIPHER, key, envelope.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(authenticatedData(context));
  decipher.setAuthTag(envelope.subarray(-TAG_BYTES));
  try {
    const text = Buffer.concat([
      decipher.update(envelope.subarray(NONCE_BYTES, -TAG_BYTES)),
      decipher.final(),
    ]);
    return new Secret(text.toString('utf8'));
  } catch (error) {
    throw sealBroken(context, error);
  }
}

/** The version in front, so that no later form of the context can be taken for this one. */
function authenticatedData({ jobId, side }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['v1', jobId, side]), 'utf8');
}

function sealBroken({ jobId, side }: SealContext, cause?: unknown): ReplicatorError {
  return new ReplicatorError(
    'seal_broken',
    `The ${side} URL of job ${jobId} cannot be opened: it was sealed with another key or for another job. Submit the job again.`,
    { cause },
  );
}
