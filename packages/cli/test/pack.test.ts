/** What npm users get: one tarball that runs where nothing else is installed. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { withDirectory } from './run-cli.ts';

const execute = promisify(execFile);
const packageDirectory = join(import.meta.dirname, '..');

test('the packed tarball runs from an empty folder without a registry', async () => {
  await withDirectory(async (directory) => {
    const env = {
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      HOME: directory,
      npm_config_cache: join(directory, 'npm-cache'),
      npm_config_offline: 'true',
      npm_config_update_notifier: 'false',
    };
    await execute('npm', ['pack', '--pack-destination', directory], { cwd: packageDirectory, env });
    const [tarball = ''] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
    expect(tarball).toMatch(/^seren-replicator-\d+\.\d+\.\d+\.tgz$/);

    const { stdout: list } = await execute('tar', ['-tzf', tarball], { cwd: directory });
    const files = list.trimEnd().split('\n');
    expect(files).toEqual(
      expect.arrayContaining([
        'package/LICENSE',
        'package/README.md',
        'package/dist/cli.js',
        'package/dist/pg_dump.wasm',
      ]),
    );
    expect(files.filter((file) => /node_modules|\/(src|test)\/|\.ts$/.test(file))).toEqual([]);

    const npx = (...args: string[]) =>
      execute('npx', ['--yes', `./${tarball}`, ...args], { cwd: directory, env });
    expect((await npx('--help')).stdout).toContain('seren-replicator validate');
    await expect(npx('verify', '--json')).rejects.toMatchObject({ code: 2 });
  });
});
