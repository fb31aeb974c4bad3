import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

export interface NativePgDump {
  executable: string;
  /** As it names itself: `15.18 (Debian 15.18-0+deb12u1)`. */
  version: string;
  major: number;
}

export interface FindNativePgDumpInput {
  /** Directories to search, as in the environment variable PATH. */
  path: string;
  signal: AbortSignal;
}

const VERSION_DEADLINE_MS = 10_000;
/** `pg_dump (PostgreSQL) 18.3 (Debian 18.3-1)`; a release to come is `19beta1`. */
const VERSION_LINE = /^pg_dump \(PostgreSQL\) ((\d+).*)/;

/** The pg_dump programs of this machine in the order of PATH; one that cannot say its version is passed over. */
export async function findNativePgDumps({ path, signal }: FindNativePgDumpInput): Promise<NativePgDump[]> {
  if (platform() === 'win32') return []; // has no Unix sockets to lend a connection through
  const directories = [...new Set(path.split(delimiter).filter((directory) => directory !== ''))];
  const found = await Promise.all(
    directories.map((directory) => askVersion(join(directory, 'pg_dump'), path, signal)),
  );
  return found.filter((program) => program !== null);
}

async function askVersion(
  executable: string,
  path: string,
  signal: AbortSignal,
): Promise<NativePgDump | null> {
  try {
    await access(executable, constants.X_OK);
    // Debian's is a script that chooses a version by whether a host is given.
    const { stdout } = await promisify(execFile)(executable, ['--version', '--host=/'], {
      env: { PATH: path, LC_ALL: 'C' },
      timeout: VERSION_DEADLINE_MS,
      signal,
    });
    const [, version, major] = VERSION_LINE.exec(stdout.trim()) ?? [];
    return version === undefined ? null : { executable, version, major: Number(major) };
  } catch {
    signal.throwIfAborted();
    return null; // not there, or not a program that runs here: the embedded one does
  }
}
