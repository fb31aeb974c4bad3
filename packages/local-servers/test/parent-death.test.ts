import { expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '../src/poll-until.ts';
import { withTemporaryDirectory } from './with-temporary-directory.ts';

/** Node.js needs this long to get to its program on a busy machine; the servers start in the same time again. */
const momentsOfStartingMs = [100, 200, 300, 500, 800];

function holdServers(temporaryDirectory: string, until: 'forever' | 'started'): ChildProcess {
  const program = fileURLToPath(new URL('./hold-servers.ts', import.meta.url));
  return spawn(process.execPath, [program, until], {
    env: { ...process.env, TMPDIR: temporaryDirectory },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function readPids(parent: ChildProcess): Promise<number[]> {
  let output = '';
  for await (const chunk of parent.stdout ?? []) {
    output += String(chunk);
    if (output.endsWith('\n')) break;
  }
  return (JSON.parse(output) as { pids: number[] }).pids;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function expectNothingLeft(temporaryDirectory: string): Promise<void> {
  await pollUntil(async () => (await readdir(temporaryDirectory)).length === 0, {
    what: 'the temporary directories to be removed',
    deadlineMs: 10_000,
  });
}

test('ends the servers and removes their directories when the parent is killed with SIGKILL', async () => {
  await withTemporaryDirectory(async (directory) => {
    const parent = holdServers(directory, 'forever');
    const pids = await readPids(parent);
    expect(pids.map(isAlive)).toEqual([true, true]);
    expect(await readdir(directory)).toHaveLength(2);
    parent.kill('SIGKILL');
    await expectNothingLeft(directory);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });
});

test.each(momentsOfStartingMs)(
  'leaves nothing when the parent is killed %i ms into starting',
  async (afterMs) => {
    await withTemporaryDirectory(async (directory) => {
      const parent = holdServers(directory, 'forever');
      await sleep(afterMs);
      parent.kill('SIGKILL');
      await once(parent, 'exit');
      await expectNothingLeft(directory);
      // A supervisor that was only just forked makes its directory after the parent's death, and removes it.
      await sleep(300);
      await expectNothingLeft(directory);
    });
  },
);

test('does not keep a parent alive that has nothing else to do', async () => {
  await withTemporaryDirectory(async (directory) => {
    const parent = holdServers(directory, 'started');
    const [pids, exit] = await Promise.all([readPids(parent), once(parent, 'exit')]);
    expect(exit).toEqual([0, null]);
    await expectNothingLeft(directory);
    expect(pids.map(isAlive)).toEqual([false, false]);
  });
});
