import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { optionDefinitions } from '../src/options/option-definitions.ts';
import { runCli, withDirectory } from './run-cli.ts';

test('--help lists the commands on standard output', async () => {
  const { exitCode, stdout, stderr } = await runCli(['--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const command of ['validate', 'init', 'verify', 'jobs']) expect(stdout).toContain(command);
});

test.each([
  [['validate']],
  [['init']],
  [['verify']],
  [['jobs', 'list']],
  [['jobs', 'show']],
  [['jobs', 'watch']],
  [['jobs', 'cancel']],
])('the help of %s has an example, and a line for every option', async (command) => {
  const { exitCode, stdout } = await runCli([...command, '--help']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`Examples:\n  seren-replicator ${command.join(' ')}`);
  const listed = [...stdout.matchAll(/^ {6}--([a-z-]+) {2,}(\S.*)$/gm)];
  expect(listed.map(([, name]) => name)).toEqual(expect.arrayContaining(['json', 'config', 'remote-api']));
});

test('every option says what it does in one line', () => {
  for (const { describe } of Object.values(optionDefinitions)) expect(describe).toMatch(/^[A-Z].{10,79}$/);
});

test('--version prints the version of the package', async () => {
  const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('neither loads the engine, the network client or the schemas', async () => {
  await withDirectory(async (directory) => {
    await runCli(['--help'], { NODE_V8_COVERAGE: directory });
    const [report = ''] = await readdir(directory);
    const { result } = JSON.parse(await readFile(join(directory, report), 'utf8')) as {
      result: { url: string }[];
    };
    const files = result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    const heavy = /\/(zod|ky|pg|smol-toml|cli-table3|cli-progress)\/|\/packages\/(replication|job-models)\//;
    expect(files).toContainEqual(expect.stringContaining('/src/cli.ts'));
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
  });
});
