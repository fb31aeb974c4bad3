import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startAwsEndpoints, type AwsEndpoints } from '@seren-replicator/aws-endpoints';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadVariables, parameterStore } from '../src/index.ts';

const PATH = '/seren-replication/variables';
const names = ['SEREN_A', 'SEREN_B', 'SEREN_C', 'SEREN_D'];

let aws: AwsEndpoints;
beforeAll(async () => {
  aws = await startAwsEndpoints();
});
afterAll(() => aws.stop());

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'seren-variables-'));
});
afterEach(() => rm(directory, { recursive: true }));

const fromEndpoint = (config: { maxAttempts?: number } = {}) =>
  parameterStore({ endpoint: aws.url, region: aws.region, credentials: aws.credentials, ...config });

const load = (environment: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> => {
  return loadVariables({ directory, environment, names, readParameters: fromEndpoint() });
};

test('the file comes first, then the environment, then parameters for what is still missing', async () => {
  await writeFile(join(directory, '.env'), 'SEREN_A=file\n');
  for (const name of ['SEREN_A', 'SEREN_B', 'SEREN_C']) aws.ssm.put(`${PATH}/${name}`, 'parameter');
  const environment = { SEREN_A: 'environment', SEREN_B: 'environment', SEREN_PARAMETERS_PATH: PATH };
  expect(await load(environment)).toEqual({
    SEREN_A: 'file',
    SEREN_B: 'environment',
    SEREN_C: 'parameter',
    SEREN_PARAMETERS_PATH: PATH,
  });
});

test('the file may say where the parameters are', async () => {
  await writeFile(join(directory, '.env'), `SEREN_PARAMETERS_PATH=${PATH}\n`);
  aws.ssm.put(`${PATH}/SEREN_D`, 'parameter');
  expect(await load({})).toMatchObject({ SEREN_D: 'parameter' });
});

test('nobody is asked without a path, without a store, or when nothing is missing', async () => {
  const before = aws.calls.length;
  await loadVariables({ directory, environment: { SEREN_PARAMETERS_PATH: PATH }, names });
  await load({ SEREN_A: '1' });
  await load({ SEREN_A: '1', SEREN_B: '1', SEREN_C: '1', SEREN_D: '1', SEREN_PARAMETERS_PATH: PATH });
  expect(aws.calls).toHaveLength(before);
});

test('a parameter that the program does not read is not taken', async () => {
  aws.ssm.put(`${PATH}/NODE_OPTIONS`, '--require=/tmp/theirs.js');
  expect(await load({ SEREN_PARAMETERS_PATH: PATH })).not.toHaveProperty('NODE_OPTIONS');
});

test('more parameters than a page holds are all read', async () => {
  for (let index = 0; index < 25; index += 1) aws.ssm.put(`/many/SEREN_${index}`, 'other');
  aws.ssm.put('/many/SEREN_Z', 'last');
  const environment = { SEREN_PARAMETERS_PATH: '/many' };
  expect(
    await loadVariables({ directory, environment, names: ['SEREN_Z'], readParameters: fromEndpoint() }),
  ).toMatchObject({
    SEREN_Z: 'last',
  });
});

test('a refusal says what the role must be allowed, and no value', async () => {
  const environment = { SEREN_PARAMETERS_PATH: 'not-a-path' };
  await expect(
    loadVariables({ directory, environment, names, readParameters: fromEndpoint({ maxAttempts: 1 }) }),
  ).rejects.toMatchObject({
    code: 'invalid_config',
    message: expect.stringContaining('ssm:GetParametersByPath'),
  });
});
