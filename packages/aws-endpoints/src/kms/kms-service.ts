/**
 * KMS with symmetric keys. A ciphertext is the key's id, a nonce, and AES-256-GCM with the encryption context as
 * additional authenticated data, so that it opens with its own context alone.
 *
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
 */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsCall, AwsService } from '../wire/aws-service.ts';

const CIPHER = 'aes-256-gcm';
const ID_BYTES = 36;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_PLAINTEXT_BYTES = 4_096;
const ACCOUNT = 'arn:aws:kms:us-east-1:000000000000';

const contextSchema = z.record(z.string(), z.string()).default({});
const encryptSchema = z.object({
  KeyId: z.string(),
  Plaintext: z.string(),
  EncryptionContext: contextSchema,
});
const decryptSchema = z.object({
  KeyId: z.string().optional(),
  CiphertextBlob: z.string(),
  EncryptionContext: contextSchema,
});

interface Key {
  id: string;
  alias: string;
  bytes: Buffer;
  isEnabled: boolean;
}

export class KmsService implements AwsService {
  readonly protocol = 'json';
  readonly #keys: Key[] = [];

  /** @param alias `alias/…` */
  createKey(alias: string): { keyId: string; arn: string } {
    const key: Key = { id: randomUUID(), alias, bytes: randomBytes(32), isEnabled: true };
    this.#keys.push(key);
    return { keyId: key.id, arn: arnOf(key) };
  }

  /** From now on the key answers DisabledException. */
  disableKey(name: string): void {
    this.#find(name).isEnabled = false;
  }

  call({ action, input }: AwsCall): Record<string, unknown> {
    switch (action) {
      case 'Encrypt':
        return this.#encrypt(encryptSchema.parse(input));
      case 'Decrypt':
        return this.#decrypt(decryptSchema.parse(input));
      default:
        throw new AwsError('UnknownOperationException', `KMS here has no ${action}.`);
    }
  }

  #encrypt({ KeyId, Plaintext, EncryptionContext }: z.infer<typeof encryptSchema>): Record<string, unknown> {
    const plaintext = Buffer.from(Plaintext, 'base64');
    if (plaintext.length === 0 || plaintext.length > MAX_PLAINTEXT_BYTES) {
      throw new AwsError('ValidationException', "Value at 'plaintext' must have between 1 and 4096 bytes.");
    }
    const key = this.#find(KeyId);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(serialise(EncryptionContext));
    const parts = [Buffer.from(key.id), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()];
    return {
      KeyId: arnOf(key),
      CiphertextBlob: Buffer.concat(parts).toString('base64'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    };
  }

  #decrypt({ KeyId, CiphertextBlob, EncryptionContext }: z.infer<typeof decryptSchema>) {
    const blob = Buffer.from(CiphertextBlob, 'base64');
    const key = this.#keys.find(({ id }) => id === blob.subarray(0, ID_BYTES).toString());
    if (key === undefined || blob.length < ID_BYTES + NONCE_BYTES + TAG_BYTES) throw invalidCiphertext();
    if (KeyId !== undefined && this.#find(KeyId) !== key) {
      throw new AwsError('IncorrectKeyException', 'The key ID in the request does not identify the key.');
    }
    this.#find(key.id);
    const nonce = blob.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key.bytes, nonce).setAAD(serialise(EncryptionContext));
    decipher.setAuthTag(blob.subarray(-TAG_BYTES));
    try {
      const ciphertext = blob.subarray(ID_BYTES + NONCE_BYTES, -TAG_BYTES);
      const plaintext = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
      return { KeyId: arnOf(key), Plaintext: plaintext.toString('base64') };
    } catch {
      throw invalidCiphertext();
    }
  }

  #find(name: string): Key {
    const key = this.#keys.find((each) =>
      [each.id, each.alias, arnOf(each), aliasArnOf(each)].includes(name),
    );
    if (key === undefined) throw new AwsError('NotFoundException', `Key ${name} is not found.`);
    if (!key.isEnabled) throw new AwsError('DisabledException', `${arnOf(key)} is disabled.`);
    return key;
  }
}

function arnOf({ id }: Key): string {
  return `${ACCOUNT}:key/${id}`;
}

function aliasArnOf({ alias }: Key): string {
  return `${ACCOUNT}:${alias}`;
}

/** The order of names does not count. */
function serialise(context: Record<string, string>): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort()));
}

function invalidCiphertext(): AwsError {
  return new AwsError('InvalidCiphertextException', '');
}
