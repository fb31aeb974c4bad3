/** The local sealer's key: 32 random bytes as one line of base64, in a file that its owner alone can read. */
import { ReplicatorError } from '@seren-replicator/job-models';
import { randomBytes } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';

const KEY_BYTES = 32;
const OTHERS = 0o077;

/** Creates a key file; fails with `EEXIST` when there is one, since what it sealed would be lost. */
export async function createSealKey(path: string): Promise<void> {
  await writeFile(path, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
}

/** @throws ReplicatorError `invalid_config` for a file that others can read, or that holds no key. */
export async function readSealKey(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { mode } = await file.stat();
    if ((mode & OTHERS) !== 0) {
      throw new ReplicatorError(
        'invalid_config',
        `Others can read the key file ${path}; run: chmod 600 ${path}`,
      );
    }
    const key = Buffer.from((await file.readFile('utf8')).trim(), 'base64');
    if (key.length !== KEY_BYTES) {
      throw new ReplicatorError(
        'invalid_config',
        `The key file ${path} does not hold ${KEY_BYTES} bytes of base64.`,
      );
    }
    return key;
  } finally {
    await file.close();
  }
}
