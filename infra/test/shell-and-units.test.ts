/**
 * Scripts, template and unit, checked by the tools that are made for it. None of them comes from npm: where one is
 * missing, the test says so in its name and checks what can be checked without.
 */
import { describe, expect, test } from '@jest/globals';
import { execFile, execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const unitPath = join(root, 'packages/worker/seren-replicator-worker.service');

function has(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${tool}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const unlessThere = (tool: string, otherwise: string): string =>
  has(tool) ? '' : ` (${tool} is not here: ${otherwise})`;

const scripts = [
  ...readdirSync(join(root, 'scripts')).map((name) => join('scripts', name)),
  join('packer', 'install-worker.sh'),
].filter(
  (path) => statSync(join(root, path)).isFile() && readFileSync(join(root, path), 'utf8').startsWith('#!'),
);

describe(`scripts${unlessThere('shellcheck', 'only their syntax was checked')}`, () => {
  test.each(scripts)('%s', async (path) => {
    const file = join(root, path);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^#!\/usr\/bin\/env bash\n# /);
    expect(text).toMatch(/^set -e?uo pipefail$/m);
    expect(statSync(file).mode & 0o111).not.toBe(0);
    await run('bash', ['-n', file]);
    if (has('shellcheck')) await run('shellcheck', [file]);
  });
});

test(`the template's syntax${unlessThere('packer', 'nothing but its structure was checked, in template.test.ts')}`, async () => {
  if (!has('packer')) return;
  // Old releases refuse `required_plugins`, which is in a file of its own.
  const template = join(root, 'packer/worker.pkr.hcl');
  await run('packer', ['validate', '-syntax-only', template]);
  await run('packer', ['fmt', '-check', template]);
});

describe(`the worker's unit${unlessThere('systemd-analyze', 'only its directives were checked')}`, () => {
  const unit = readFileSync(unitPath, 'utf8');
  const directives = new Map(
    [...unit.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const),
  );

  test('systemd understands it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'seren-unit-'));
    try {
      const copy = join(directory, 'seren-replicator-worker.service');
      // The image has the program, and this machine has not.
      await writeFile(copy, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`));
      if (has('systemd-analyze')) {
        const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', copy]);
        expect(`${stdout}${stderr}`).not.toMatch(/seren-replicator-worker/);
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('the machine goes however the worker ends, also when it hangs', () => {
    expect(Number(directives.get('WatchdogSec'))).toBeGreaterThan(0);
    expect(directives.get('Type')).toBe('notify');
    expect(directives.get('SuccessAction')).toMatch(/^poweroff/);
    expect(directives.get('FailureAction')).toMatch(/^poweroff/);
    expect(directives.get('Restart')).toBe('no');
  });

  test('the worker may do little on its machine', () => {
    const expected: Record<string, string> = {
      User: 'seren-replicator',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateTmp: 'yes',
      PrivateDevices: 'yes',
      ProtectKernelTunables: 'yes',
      ProtectKernelModules: 'yes',
      ProtectKernelLogs: 'yes',
      ProtectControlGroups: 'yes',
      ProtectClock: 'yes',
      ProtectHostname: 'yes',
      LockPersonality: 'yes',
      RestrictNamespaces: 'yes',
      RestrictRealtime: 'yes',
      RestrictSUIDSGID: 'yes',
      SystemCallArchitectures: 'native',
      CapabilityBoundingSet: '',
      UMask: '0077',
      LimitCORE: '0',
    };
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, directives.get(name)]))).toEqual(
      expected,
    );
  });
});
