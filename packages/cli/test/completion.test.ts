import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { bundledCli, runCli, withDirectory } from './run-cli.ts';

const execute = promisify(execFile);

/** What bash offers for the words of a line, the last one not finished. */
async function completeInBash(words: readonly string[]): Promise<string[]> {
  return withDirectory(async (directory) => {
    const { stdout: script } = await runCli(['completion'], { SHELL: '/bin/bash' });
    await writeFile(join(directory, 'completion.bash'), script);
    const program = join(directory, 'seren-replicator');
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${bundledCli}' "$@"\n`, { mode: 0o755 });
    const line = ['seren-replicator', ...words];
    const { stdout } = await execute(
      'bash',
      [
        '-c',
        `. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _seren-replicator_yargs_completions; printf '%s\\n' "\${COMPREPLY[@]}"`,
        'bash',
        ...line,
      ],
      { cwd: directory, env: { PATH: `${directory}:${process.env['PATH'] ?? ''}` } },
    );
    return stdout.trimEnd().split('\n');
  });
}

test('bash completes commands, subcommands and options', async () => {
  expect(await completeInBash(['v'])).toEqual(['validate', 'verify']);
  expect(await completeInBash(['s'])).toEqual(['sync', 'status']);
  expect(await completeInBash(['cutover', '--re'])).toEqual(
    expect.arrayContaining(['--remote', '--reverse', '--remote-api']),
  );
  expect(await completeInBash(['cutover', '--ver'])).toContain('--verify');
  expect(await completeInBash(['jobs', ''])).toEqual(expect.arrayContaining(['list', 'show', 'watch']));
  expect(await completeInBash(['verify', '--no-'])).toEqual(['--no-owner', '--no-acl', '--no-color']);
});

test('zsh gets a script of its own', async () => {
  const { exitCode, stdout } = await runCli(['completion'], { SHELL: '/usr/bin/zsh' });
  expect({ exitCode, first: stdout.split('\n')[0] }).toEqual({
    exitCode: 0,
    first: '#compdef seren-replicator',
  });
});
