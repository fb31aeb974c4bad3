import { execFile } from 'node:child_process';
import { cp, lchown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Account } from './supervisor-protocol.ts';

/** `nobody`, which passwd must know: initdb looks the name up. */
const nobody: Account = { uid: 65_534, gid: 65_534 };
const probeDeadlineMs = 10_000;

/** PostgreSQL refuses to run as root. Anybody else runs it as themselves, which is `undefined`. */
export function serverAccount(): Account | undefined {
  return process.getuid?.() === 0 ? nobody : undefined;
}

/**
 * The installation itself where the account can run it. Where it cannot, as in a checkout below /root, a copy of it in
 * the server's own directory. To try is the only test that knows of every directory on the way, of ACLs and of mounts.
 */
export async function reachableInstallation(
  installation: string,
  { directory, account }: { directory: string; account: Account | undefined },
): Promise<string> {
  if (account === undefined || (await canRun(join(installation, 'bin', 'postgres'), account)))
    return installation;
  const copy = join(directory, 'installation');
  await cp(installation, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'), // A third of it, for compilers only.
  });
  const entries = await readdir(copy, { recursive: true });
  for (const path of [copy, ...entries.map((entry) => join(copy, entry))]) {
    await lchown(path, account.uid, account.gid);
  }
  return copy;
}

async function canRun(program: string, account: Account): Promise<boolean> {
  try {
    await promisify(execFile)(program, ['--version'], { ...account, cwd: '/', timeout: probeDeadlineMs });
    return true;
  } catch {
    return false;
  }
}
