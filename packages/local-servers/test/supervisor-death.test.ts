import { expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { startPostgres } from '../src/index.ts';
import { pollUntil } from '../src/poll-until.ts';

test('ends the server from here when something kills its supervisor', async () => {
  const server = await startPostgres({ major: 18 });
  const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(server.pid)]);
  process.kill(Number(stdout), 'SIGKILL');
  const isGone = async () =>
    (await readFile(server.logFile, 'utf8')).includes('database system is shut down');
  await pollUntil(isGone, { what: 'the server to end', deadlineMs: 10_000 });
  await server.stop();
  await expect(access(server.dataDirectory)).rejects.toMatchObject({ code: 'ENOENT' });
});
