import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleOf, type LambdaProcess } from './support/lambda-process.ts';
import { LambdaWorld } from './support/lambda-world.ts';

const MAX_BYTES = 1_200_000;
/** 250 ms where an empty Node.js starts in 40; a busy machine makes both longer. */
const MAX_IMPORTS_PER_START = 6;
const TRIES = 3;

let world: LambdaWorld;
beforeAll(async () => {
  world = await LambdaWorld.start();
});
afterAll(() => world.stop());

const start = { api: () => world.startApi(), reconciler: () => world.startReconciler() };

const event = {
  api: { version: '2.0', rawPath: '/health', requestContext: { http: { method: 'GET' } } },
  reconciler: { Records: [] },
};

function startOfNodeMs(): number {
  const begun = performance.now();
  execFileSync(process.execPath, ['-e', '']);
  return performance.now() - begun;
}

async function importMs(name: 'api' | 'reconciler'): Promise<number> {
  const lambda: LambdaProcess = await start[name]();
  await lambda.invoke(event[name]);
  await lambda.stop();
  return lambda.importMs;
}

test.each(['api', 'reconciler'] as const)('the bundle of the %s is small', async (name) => {
  const files = await readdir(bundleOf(name));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(bundleOf(name), file))).size));
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
});

test.each(['api', 'reconciler'] as const)('the bundle of the %s is loaded quickly', async (name) => {
  const ratios: number[] = [];
  for (let count = 0; count < TRIES; count += 1) ratios.push((await importMs(name)) / startOfNodeMs());
  expect(Math.min(...ratios)).toBeLessThan(MAX_IMPORTS_PER_START);
});

test('the API loads nothing of EC2', async () => {
  const files = await readdir(bundleOf('api'));
  expect(files.filter((file) => file.includes('ec2'))).toEqual([]);
});
