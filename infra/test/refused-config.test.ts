import { expect, test } from '@jest/globals';
import { sampleAccount } from '../preview/account.ts';
import { readStackConfig } from '../preview/read-stack-config.ts';
import { runProgram } from '../preview/run-program.ts';

test('a wrong configuration ends the run with one message before any resource is registered', async () => {
  const config = {
    ...(await readStackConfig('dev')),
    'aws:region': 'us-nowhere-1',
    'seren-replicator:worker': { amiId: 'ami-latest' },
    'seren-replicator:bastion': {},
  };
  const { graph, errors } = await runProgram({
    stack: 'dev',
    config,
    account: sampleAccount,
    isPreview: true,
  });
  expect(graph.resources.filter(({ isCustom }) => isCustom)).toEqual([]);
  expect(errors).toHaveLength(1);
  expect(errors[0]).toMatch(/^Pulumi\.dev\.yaml has 3 problems, nothing was changed:/);
  for (const path of ['aws:region', 'worker.amiId', 'bastion']) expect(errors[0]).toContain(`  ${path}: `);
});

test('a machine image that is missing fails the preview with what to run, the other problems beside it', async () => {
  const config = { ...(await readStackConfig('dev')), 'seren-replicator:bastion': {} };
  const account = { ...sampleAccount, images: [] };
  const { graph, errors } = await runProgram({ stack: 'dev', config, account, isPreview: true });
  expect(graph.resources.filter(({ isCustom }) => isCustom)).toEqual([]);
  expect(errors).toEqual([expect.stringMatching(/worker\.amiId: .*run \.\/scripts\/build-ami dev/)]);
  expect(errors[0]).toContain('  bastion: ');
});
