/** The image's template, read as structure. */
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from '@cdktf/hcl2json';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

interface Template {
  variable: Record<string, unknown>;
  locals: [{ name: string; tags: Record<string, string> }];
  source: { 'amazon-ebs': { worker: [Record<string, unknown>] } };
  build: [{ provisioner: { shell: Record<string, unknown>[]; file: { destination: string }[] } }];
}

let template: Template;
beforeAll(async () => {
  template = (await parse('worker.pkr.hcl', await read('packer/worker.pkr.hcl'))) as unknown as Template;
});

const source = (): Record<string, unknown> => template.source['amazon-ebs'].worker[0];

test('the image is named and tagged as the stack looks for it', async () => {
  const lookup = await read('infra/config/find-worker-image.ts');
  const [{ name, tags }] = template.locals;
  expect(lookup).toContain("'seren-replicator-worker-*'");
  expect(name).toMatch(/^seren-replicator-worker-x86_64-/);
  expect(tags).toEqual({
    Name: 'seren-replicator-worker',
    ManagedBy: 'seren-replication-system',
    InputHash: '${var.input_hash}',
  });
  expect(source()['tags']).toBe('${local.tags}');
});

test('it is Ubuntu 24.04 of Canonical, and IMDSv2 alone while it is built and afterwards', () => {
  expect(source()['source_ami_filter']).toMatchObject([
    {
      owners: ['099720109477'],
      filters: { name: expect.stringContaining('ubuntu-noble-24.04-amd64-server') },
    },
  ]);
  expect(source()['imds_support']).toBe('v2.0');
  expect(source()['metadata_options']).toMatchObject([
    { http_tokens: 'required', http_put_response_hop_limit: 1 },
  ]);
});

test('only the machine that builds may connect', () => {
  expect(source()['temporary_security_group_source_public_ip']).toBe(true);
  expect(source()['security_group_id']).toBeUndefined();
  expect(source()['temporary_security_group_source_cidrs']).toBeUndefined();
});

test('the way in is taken away last, by the script that puts everything else on', async () => {
  const { shell, file } = template.build[0].provisioner;
  expect(shell.at(-1)).toMatchObject({ script: '${path.root}/install-worker.sh', skip_clean: true });
  const script = await read('packer/install-worker.sh');
  for (const { destination } of file) expect(destination).toMatch(/^\/tmp\/seren-replicator\//);
  const calls = script.trim().split('\n').slice(-7);
  expect(calls).toEqual([
    'update_system',
    'install_packages',
    'install_cloudwatch_agent',
    'install_worker',
    'harden',
    'remove_ways_in',
    'clean_up',
  ]);
  expect(script).toMatch(/purge openssh-server/);
  expect(script).toMatch(/allow_userdata: false/);
});

test('what is not from Ubuntu is signed by a key that is known', async () => {
  const script = await read('packer/install-worker.sh');
  const keys = [...script.matchAll(/^ *fetch_key \S+ "\$(\w+)"/gm)].map(([, key]) => key);
  expect(keys).toEqual(['NODESOURCE_KEY', 'PGDG_KEY', 'CLOUDWATCH_KEY']);
  for (const key of keys) expect(script).toMatch(new RegExp(`^readonly ${String(key)}=[0-9A-F]{40}$`, 'm'));
  const repositories = script.split('\n').filter((line) => line.includes('echo "deb '));
  expect(repositories).toHaveLength(2);
  for (const line of repositories) expect(line).toContain('signed-by=$KEYRINGS/');
  expect(script).not.toMatch(/curl[^\n]*\|\s*(?:sudo )?(?:ba)?sh/);
});
