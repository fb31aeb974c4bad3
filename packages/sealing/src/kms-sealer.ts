/**
 * Sealing with KMS. Each URL has a key of its own, made here; KMS encrypts that key under the job and the side as
 * encryption context. `Encrypt` takes 4,096 bytes at most, and a URL may have more; so the permission to seal is
 * `kms:Encrypt` and that to open `kms:Decrypt`, which are given to different roles, and `kms:GenerateDataKey`, which
 * gives both to one, to none.
 *
 * Envelope: `kms-v1:` and base64url of the length of the encrypted key (2 bytes), the encrypted key, and what
 * `encryptUrl` gives.
 *
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
import type { KMSClient } from '@aws-sdk/client-kms';
import { DecryptCommand, EncryptCommand, KMSServiceException } from '@aws-sdk/client-kms';
import type { Secret } from '@seren-replicator/job-models';
import { randomBytes } from 'node:crypto';
import { decryptUrl, encryptUrl, URL_KEY_BYTES } from './encrypt-url.ts';
import { sealBroken } from './seal-broken.ts';
import type { SealContext, UrlSealer } from './url-sealer.ts';

const PREFIX = 'kms-v1:';
const LENGTH_BYTES = 2;

/** Errors of `Decrypt` that say something about the envelope; all others are about KMS and may pass. */
const brokenNames = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/** @param keyId an id, an ARN, or `alias/…`; what was sealed under an earlier key of an alias does not open. */
export function kmsSealer({ client, keyId }: { client: KMSClient; keyId: string }): UrlSealer {
  return {
    seal: async (context, url) => {
      const key = randomBytes(URL_KEY_BYTES);
      const { CiphertextBlob } = await client.send(
        new EncryptCommand({ KeyId: keyId, Plaintext: key, EncryptionContext: encryptionContext(context) }),
      );
      return writeEnvelope(CiphertextBlob ?? new Uint8Array(), encryptUrl(key, context, url));
    },
    open: async (context, sealed) => {
      const { encryptedKey, encryptedUrl } = readEnvelope(context, sealed);
      const key = await decryptKey({ client, keyId }, context, encryptedKey);
      return openUrl(key, context, encryptedUrl);
    },
  };
}

async function decryptKey(
  { client, keyId }: { client: KMSClient; keyId: string },
  context: SealContext,
  encryptedKey: Buffer,
): Promise<Buffer> {
  try {
    const { Plaintext } = await client.send(
      new DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: encryptedKey,
        EncryptionContext: encryptionContext(context),
      }),
    );
    return Buffer.from(Plaintext ?? []);
  } catch (error) {
    if (error instanceof KMSServiceException && brokenNames.has(error.name)) throw sealBroken(context, error);
    throw error;
  }
}

function openUrl(key: Buffer, context: SealContext, encryptedUrl: Buffer): Secret {
  try {
    return decryptUrl(key, context, encryptedUrl);
  } catch (error) {
    throw sealBroken(context, error);
  }
}

/** Not secret: it stands in CloudTrail. Policies may ask for it. */
function encryptionContext({ jobId, side }: SealContext): Record<string, string> {
  return { job_id: jobId, side };
}

function writeEnvelope(encryptedKey: Uint8Array, encryptedUrl: Buffer): string {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt16BE(encryptedKey.length);
  return PREFIX + Buffer.concat([length, encryptedKey, encryptedUrl]).toString('base64url');
}

function readEnvelope(context: SealContext, sealed: string): { encryptedKey: Buffer; encryptedUrl: Buffer } {
  const bytes = Buffer.from(sealed.slice(PREFIX.length), 'base64url');
  if (!sealed.startsWith(PREFIX) || bytes.length <= LENGTH_BYTES) throw sealBroken(context);
  const end = LENGTH_BYTES + bytes.readUInt16BE();
  if (end === LENGTH_BYTES || bytes.length <= end) throw sealBroken(context);
  return { encryptedKey: bytes.subarray(LENGTH_BYTES, end), encryptedUrl: bytes.subarray(end) };
}
