import { execFile } from 'node:child_process';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { platform } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface NativePgDump {
  executable: string;
  /** As it names itself: `15.18 (Debian 15.18-0+deb12u1)`. */
  version: string;
  major: number;
}

const VERSION_DEADLINE_MS = 10_000;
/** `pg_dump (PostgreSQL) 18.3 (Debian 18.3-1)`; a release to come is `19beta1`. */
const VERSION_LINE = /^pg_dump \(PostgreSQL\) ((\d+).*)/;

/** By path: what is installed stays while this process runs, and a schema is dumped more than once. */
const found = new Map<string, Promise<NativePgDump[]>>();

/**
 * The pg_dump programs of this machine in the order of PATH; one that cannot say its version within ten seconds is passed
 * over. They are asked once: to call this before they are needed saves that time.
 *
 * @param path directories to search, as in the environment variable PATH
 */
export async function findNativePgDumps(path: string): Promise<NativePgDump[]> {
  let asked = found.get(path);
  if (asked === undefined) found.set(path, (asked = askAll(path)));
  return asked;
}

async function askAll(path: string): Promise<NativePgDump[]> {
  if (platform() === 'win32') return []; // has no Unix sockets to lend a connection through
  const named = path.split(delimiter).filter((directory) => directory !== '');
  // Many systems have /bin as another name of /usr/bin.
  const directories = new Set(
    await Promise.all(named.map((directory) => realpath(directory).catch(() => directory))),
  );
  const executables = await Promise.all(
    [...directories].map((directory) => withoutWrapper(join(directory, 'pg_dump'))),
  );
  const programs = await Promise.all(executables.flat().map((executable) => askVersion(executable, path)));
  return programs.filter((program) => program !== null);
}

/**
 * Debian's programs on PATH are one script, which starts one of the installed versions: slower than it, and none but the
 * newest. Those are returned in its place, the newest first.
 *
 * https://manpages.debian.org/pg_wrapper
 */
async function withoutWrapper(executable: string): Promise<string[]> {
  const real = await realpath(executable).catch(() => null); // there is no such program
  if (real === null || basename(real) !== 'pg_wrapper') return [executable];
  const installed = join(dirname(real), '../../lib/postgresql');
  const majors = (await readdir(installed).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  return majors.map((major) => join(installed, major, 'bin', 'pg_dump'));
}

async function askVersion(executable: string, path: string): Promise<NativePgDump | null> {
  try {
    await access(executable, constants.X_OK);
    const { stdout } = await promisify(execFile)(executable, ['--version'], {
      env: { PATH: path, LC_ALL: 'C' },
      timeout: VERSION_DEADLINE_MS,
    });
    const [, version, major] = VERSION_LINE.exec(stdout.trim()) ?? [];
    if (version === undefined || major === undefined) return null;
    return { executable, version, major: Number(major) };
  } catch {
    return null; // not there, or not a program that runs here: the embedded one does
  }
}
