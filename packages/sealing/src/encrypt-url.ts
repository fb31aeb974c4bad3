/**
 * A URL under a key: AES-256-GCM with a random nonce, what it is bound to as additional authenticated data. The bytes
 * are nonce (12), ciphertext, tag (16).
 */
import { Secret } from '@seren-replicator/job-models';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { SealContext } from './url-sealer.ts';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export const URL_KEY_BYTES = 32;

export function encryptUrl(key: Buffer, context: SealContext, url: Secret): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticatedData(context));
  const ciphertext = Buffer.concat([cipher.update(url.reveal(), 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]);
}

/** @throws Error when the bytes were changed, or were encrypted with another key or for something else */
export function decryptUrl(key: Buffer, context: SealContext, bytes: Buffer): Secret {
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new RangeError('There is less than a nonce and a tag.');
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(authenticatedData(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const ciphertext = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
  return new Secret(Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8'));
}

/** The version in front, so that no later form of the context can be taken for this one. */
function authenticatedData({ jobId, side }: SealContext): Buffer {
  return Buffer.from(JSON.stringify(['v1', jobId, side]), 'utf8');
}
