/** The scripts as processes, with stand-ins for `aws`, `packer` and `pulumi` on the path that note how they are called. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const root = join(import.meta.dirname, '../..');
const KEY = 'key-that-nobody-may-see';

/** Each notes its words, a line a call, and answers as the account would that the test is about. */
const standIns = {
  aws: `case "$*" in
  *get-caller-identity*) echo 111122223333 ;;
  *describe-images*) echo "$IMAGE" ;;
  *get-parameters-by-path*) echo ${KEY} ;;
  *describe-instances*) echo i-0aaa i-0bbb ;;
esac`,
  packer: `if [ "$1" = build ]; then
  for word in "$@"; do case $word in manifest=*) manifest=\${word#manifest=} ;; esac; done
  printf '{"builds":[{"artifact_id": "us-east-1:ami-0123456789abcdef0"}]}' >"$manifest"
fi`,
  pulumi: `case "$*" in
  *apiUrl*) echo http://127.0.0.1:9 ;;
  *apiKeysPath*) echo /seren-replication-dev/api-keys ;;
  *bastionInstanceId*) echo "$BASTION" ;;
  *databaseAddress*) echo db.internal ;;
esac`,
  'session-manager-plugin': '',
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seren-scripts-'));
  for (const [name, answer] of Object.entries(standIns)) {
    const path = join(directory, name);
    await writeFile(path, `#!/usr/bin/env bash\necho "${name} $*" >>"${directory}/calls"\n${answer}\n`);
    await chmod(path, 0o755);
  }
});
afterEach(() => rm(directory, { recursive: true }));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
  calls: string[];
}

async function run(
  script: string,
  words: string[],
  { input = '', variables = {} }: { input?: string; variables?: Record<string, string> } = {},
): Promise<Run> {
  const child = spawn(join(root, 'scripts', script), words, {
    env: {
      PATH: `${directory}:${String(process.env['PATH'])}`,
      HOME: directory,
      IMAGE: 'None',
      ...variables,
    },
  });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text;
    });
  }
  // A script that has ended reads no more.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  const calls = await readFile(join(directory, 'calls'), 'utf8').catch(() => '');
  return { code, ...printed, calls: calls.trim().split('\n').filter(Boolean) };
}

describe('build-ami', () => {
  test('takes the image that was made from the same, and builds nothing', async () => {
    const { code, stdout, calls } = await run('build-ami', ['dev'], {
      variables: { IMAGE: 'ami-0aaaaaaaaaaaaaaaa' },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ami_id: 'ami-0aaaaaaaaaaaaaaaa', built: false });
    expect(calls).toEqual([expect.stringContaining('describe-images --region us-east-1 --owners self')]);
  });

  test('builds where there is none, tags it with the hash that it looked for, and prints its id', async () => {
    const { code, stdout, calls } = await run('build-ami', ['dev']);
    expect(code).toBe(0);
    const image = JSON.parse(stdout) as { ami_id: string; input_hash: string; built: boolean };
    expect(image).toMatchObject({ ami_id: 'ami-0123456789abcdef0', built: true });
    expect(image.input_hash).toMatch(/^[0-9a-f]{32}$/);
    const [lookup, init, build] = calls;
    expect(lookup).toContain(`Name=tag:InputHash,Values=${image.input_hash}`);
    expect(init).toBe('packer init packer');
    expect(build).toContain(`input_hash=${image.input_hash}`);
  });

  test('with --force it builds whatever there is', async () => {
    const { calls } = await run('build-ami', ['dev', '--force'], {
      variables: { IMAGE: 'ami-0aaaaaaaaaaaaaaaa' },
    });
    expect(calls.map((call) => call.split(' ').slice(0, 2).join(' '))).toEqual([
      'packer init',
      'packer build',
    ]);
  });
});

describe('deploy', () => {
  test('goes through image, stack and a test of the endpoint, and shows no key', async () => {
    const { code, stdout, stderr, calls } = await run('deploy', ['dev']);
    expect(calls.map((call) => call.split(' ').slice(0, 3).join(' '))).toEqual([
      'aws sts get-caller-identity',
      'aws ec2 describe-images',
      'packer init packer',
      'packer build -var',
      'pulumi stack select',
      'pulumi up --stack',
      'pulumi stack output',
      'pulumi stack output',
      'aws ssm get-parameters-by-path',
    ]);
    // Nobody listens at the address: a deployment that does not answer is no success.
    expect(code).toBe(1);
    expect(stderr).toContain('FAIL health is told to anybody');
    expect(`${stdout}${stderr}${calls.join('\n')}`).not.toContain(KEY);
  });

  test('asks before it touches production', async () => {
    const { code, stderr, calls } = await run('deploy', ['prod'], { input: 'yes\n' });
    expect(code).toBe(1);
    expect(stderr).toContain('nothing was changed');
    expect(calls).toEqual(['aws sts get-caller-identity --query Account --output text']);
  });
});

describe('destroy', () => {
  test('asks for the name of the stage', async () => {
    const { code, calls } = await run('destroy', ['dev'], { input: 'y\n' });
    expect(code).toBe(1);
    expect(calls).toEqual([]);
  });

  test('ends machines that nobody would end any more', async () => {
    const { code, calls } = await run('destroy', ['dev'], { input: 'dev\n' });
    expect(code).toBe(0);
    expect(calls).toEqual([
      expect.stringMatching(/describe-instances .*tag:ManagedBy,Values=seren-replication-system-dev/),
      'pulumi destroy --stack dev --yes --skip-preview=false',
      'aws ec2 terminate-instances --region us-east-1 --instance-ids i-0aaa i-0bbb',
    ]);
  });
});

describe('db-tunnel', () => {
  test('forwards a port through the bastion', async () => {
    const { code, calls } = await run('db-tunnel', ['dev', '--port', '6000'], {
      variables: { BASTION: 'i-0bastion' },
    });
    expect(code).toBe(0);
    expect(calls.at(-1)).toBe(
      'aws ssm start-session --region us-east-1 --target i-0bastion --document-name AWS-StartPortForwardingSessionToRemoteHost --parameters host=db.internal,portNumber=5432,localPortNumber=6000',
    );
  });

  test('says what to configure where there is no bastion', async () => {
    const { code, stderr } = await run('db-tunnel', ['dev']);
    expect(code).toBe(1);
    expect(stderr).toContain('seren-replicator:bastion');
  });
});

test.each(['build-ami', 'deploy', 'destroy', 'db-tunnel'])(
  '%s refuses a stage that there is not',
  async (script) => {
    const { code, stderr, calls } = await run(script, ['production']);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage');
    expect(calls).toEqual([]);
  },
);

test.each([
  ['build-ami', 'packer'],
  ['deploy', 'packer pulumi'],
  ['destroy', 'pulumi'],
  ['db-tunnel', 'pulumi'],
])('%s says that %s is missing', async (script, missing) => {
  for (const tool of ['packer', 'pulumi']) await rm(join(directory, tool));
  for (const tool of ['bash', 'dirname', 'npm', 'sed']) {
    const { stdout } = await execute('sh', ['-c', `command -v ${tool}`]);
    await symlink(stdout.trim(), join(directory, tool));
  }
  const { code, stderr, calls } = await run(script, ['dev'], { variables: { PATH: directory } });
  expect(code).toBe(1);
  expect(stderr).toMatch(new RegExp(`(?:missing: |: )${missing}(?:\\.| is missing)`));
  expect(calls).toEqual([]);
});
