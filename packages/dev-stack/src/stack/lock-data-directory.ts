/**
 * One dev stack per data directory. The lock is a socket that is listened on under the directory's name: the kernel
 * lets go of it when the process ends, however it ends, so that there is no stale lock to find out about. On Linux
 * the name is an abstract one, without a file; elsewhere a file in the temporary folder, which a dead holder leaves
 * behind and the next one replaces.
 */
import { ReplicatorError } from '@seren-replicator/job-models';
import { once } from 'node:events';
import type { Stats } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Creates the directory and takes its lock.
 *
 * @returns how to let go of it
 * @throws ReplicatorError `conflict` when another dev stack has it, `invalid_config` when it cannot be created
 */
export async function lockDataDirectory(path: string): Promise<() => Promise<void>> {
  const { dev, ino } = await makeDirectory(path);
  const name = `seren-dev-stack-${dev}-${ino}`;
  const server = await listenOnce(
    process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`),
  );
  if (server === null) {
    throw new ReplicatorError(
      'conflict',
      `Another dev stack is running on ${path}. Stop it, or choose another directory with --data-dir.`,
    );
  }
  return async () => {
    server.close();
    await once(server, 'close');
  };
}

async function makeDirectory(path: string): Promise<Stats> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await stat(path);
  } catch (error) {
    throw new ReplicatorError(
      'invalid_config',
      `The directory ${path} cannot be created (${String((error as NodeJS.ErrnoException).code)}). Choose another with --data-dir.`,
      { cause: error },
    );
  }
}

/** Null when somebody else listens there. */
async function listenOnce(address: string): Promise<Server | null> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(address);
    await once(server, 'listening');
    // The process ends when its work does, lock or no lock.
    return server.unref();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
  }
  if (address.startsWith('\0') || (await isListenedOn(address))) return null;
  await rm(address, { force: true });
  return listenOnce(address);
}

async function isListenedOn(address: string): Promise<boolean> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
