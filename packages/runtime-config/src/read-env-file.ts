import { ReplicatorError } from '@seren-replicator/job-models';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** The variables of the file `.env` in a directory; none where there is no such file. */
export async function readEnvFile(directory: string): Promise<NodeJS.ProcessEnv> {
  const path = join(directory, '.env');
  try {
    return parseEnv(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ReplicatorError('invalid_config', `The file ${path} cannot be read.`, { cause: error });
  }
}
