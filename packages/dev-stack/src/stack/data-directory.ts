/**
 * What outlives a dev stack: the emulator's data, the key that sealed URLs open with, the API key, the logs. All of
 * it is readable by its owner alone.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@seren-replicator/job-models';
import { createSealKey } from '@seren-replicator/sealing';

const API_KEY_BYTES = 24;

export interface DataDirectory {
  path: string;
  emulatorDirectory: string;
  logDirectory: string;
  sealKeyFile: string;
  apiKey: Secret;
}

/** Completes the directory; what is there stays as it is. */
export async function prepareDataDirectory(path: string): Promise<DataDirectory> {
  const directory = {
    path,
    emulatorDirectory: join(path, 'dynamodb'),
    logDirectory: join(path, 'logs'),
    sealKeyFile: join(path, 'seal.key'),
  };
  for (const folder of [directory.emulatorDirectory, directory.logDirectory]) {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  }
  await unlessThere(() => createSealKey(directory.sealKeyFile));
  return { ...directory, apiKey: await readApiKey(join(path, 'api-key')) };
}

async function readApiKey(file: string): Promise<Secret> {
  const newKey = `dev_${randomBytes(API_KEY_BYTES).toString('base64url')}`;
  await unlessThere(() => writeFile(file, `${newKey}\n`, { mode: 0o600, flag: 'wx' }));
  return new Secret((await readFile(file, 'utf8')).trim());
}

async function unlessThere(create: () => Promise<void>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
