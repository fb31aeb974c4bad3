import { expect, test } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

const directory = join(import.meta.dirname, '../../.github/workflows');

interface Job {
  if?: string;
  needs?: string;
  environment?: string;
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: { uses?: string; run?: string; env?: Record<string, string> }[];
}

interface Workflow {
  on: {
    push?: { branches?: string[]; tags?: string[] };
    pull_request?: unknown;
    pull_request_target?: unknown;
  };
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

const workflow = async (name: string): Promise<Workflow> =>
  parse(await readFile(join(directory, name), 'utf8')) as Workflow;

const STAGE = "${{ github.ref_type == 'tag' && 'prod' || 'dev' }}";

test('every workflow starts with the right to read, and ends by itself', async () => {
  const names = await readdir(directory);
  expect(new Set(names)).toEqual(new Set(['test.yml', 'preview.yml', 'deploy.yml']));
  for (const name of names) {
    const { permissions, jobs, on } = await workflow(name);
    expect(permissions).toEqual({ contents: 'read' });
    expect(on.pull_request_target).toBeUndefined();
    for (const job of Object.values(jobs)) {
      expect(job['timeout-minutes']).toBeGreaterThan(0);
      for (const { uses } of job.steps) if (uses !== undefined) expect(uses).toMatch(/@v\d+$/);
    }
  }
});

test('every push is tested', async () => {
  const { on, jobs } = await workflow('test.yml');
  expect(on.push?.branches).toEqual(['**']);
  expect(jobs['test']?.steps.at(-1)?.run).toBe('./scripts/test');
});

test('a pull request is previewed, with credentials for branches of this repository alone', async () => {
  const { on, jobs } = await workflow('preview.yml');
  expect(on.pull_request).toBeDefined();
  expect(jobs['preview']?.if).toBe('github.event.pull_request.head.repo.full_name == github.repository');
});

test('main goes to dev and a tag to prod, after the tests and past the approval of its environment', async () => {
  const { on, jobs } = await workflow('deploy.yml');
  expect(on.push).toEqual({ branches: ['main'], tags: ['v*'] });
  const deploy = jobs['deploy'];
  expect(deploy).toMatchObject({ needs: 'test', environment: STAGE });
  expect(deploy?.steps.at(-1)).toMatchObject({ run: './scripts/deploy "$STAGE" --yes', env: { STAGE } });
});

test('credentials are lent by GitHub for the moment: no workflow holds a key of AWS', async () => {
  for (const name of await readdir(directory)) {
    const text = await readFile(join(directory, name), 'utf8');
    expect(text).not.toMatch(/aws-secret-access-key|AWS_SECRET_ACCESS_KEY|aws-access-key-id/);
    const { jobs } = await workflow(name);
    for (const { steps, permissions } of Object.values(jobs)) {
      const takesRole = steps.some(({ uses }) => uses?.startsWith('aws-actions/') === true);
      expect(permissions?.['id-token']).toBe(takesRole ? 'write' : undefined);
    }
  }
});
