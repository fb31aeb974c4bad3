/**
 * Passwords from libpq's password file. The `pgpass` package does the same, but reads its settings from the process
 * and writes its warnings there.
 *
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
import { open } from 'node:fs/promises';
import { platform } from 'node:os';
import { Secret, type ConnectionUrl } from '@seren-replicator/job-models';

/** What a line of the file must match: every host and port of the URL, and its one user and database. */
type Wanted = Pick<ConnectionUrl, 'hosts' | 'user' | 'database'>;

/** Group and others; a file that they can read is ignored. */
const OPEN_TO_OTHERS = 0o077;

/** libpq writes `localhost` in the file for these, the usual places of a server's socket. */
const usualSocketDirectories = ['/tmp', '/var/run/postgresql', '/run/postgresql'];

export async function findPassword(
  file: string,
  wanted: Wanted,
  warn: (message: string) => void,
): Promise<Secret | undefined> {
  const text = await readPrivateFile(file, warn);
  return text === null ? undefined : matchPassword(text, wanted);
}

/** A file that is missing is none; one that is not private is none either, and says so, as libpq does. */
async function readPrivateFile(file: string, warn: (message: string) => void): Promise<string | null> {
  try {
    await using handle = await open(file, 'r');
    const stats = await handle.stat();
    if (!stats.isFile()) {
      warn(`The password file ${file} is not a plain file and is ignored.`);
      return null;
    }
    if ((stats.mode & OPEN_TO_OTHERS) !== 0 && platform() !== 'win32') {
      warn(`The password file ${file} is ignored because others can read it; run: chmod 600 ${file}`);
      return null;
    }
    return await handle.readFile('utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      warn(`The password file ${file} is ignored because it cannot be read (${code}).`);
    }
    return null;
  }
}

/** The password of the first line that matches, host by host in the URL's order. */
export function matchPassword(text: string, { hosts, user, database }: Wanted): Secret | undefined {
  const lines = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map(splitFields);
  for (const { host, port } of hosts) {
    const hostNames = usualSocketDirectories.includes(host) ? [host, 'localhost'] : [host];
    const wanted = [hostNames, [String(port)], [database ?? ''], [user ?? '']];
    const line = lines.find((fields) =>
      wanted.every((names, index) => {
        const field = fields[index];
        return field !== undefined && (field === '*' || names.includes(unescape(field)));
      }),
    );
    const password = line?.[wanted.length];
    if (password !== undefined && password !== '') return new Secret(unescape(password));
  }
  return undefined;
}

/** At the colons that no backslash stands before; fields keep their escapes, or `\*` would be a wildcard. */
function splitFields(line: string): string[] {
  return line.match(/(?:\\.|[^:\\]|\\$)+|(?<=^|:)(?=:|$)/g) ?? [];
}

function unescape(field: string): string {
  return field.replaceAll(/\\(.)/g, '$1');
}
