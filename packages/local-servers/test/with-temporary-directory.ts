import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `use` with a new directory that every account can enter, as the servers' account has to under root. */
export async function withTemporaryDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'local-servers-test-'));
  try {
    await chmod(directory, 0o755);
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
