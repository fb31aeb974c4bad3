import type { CommandDefinition } from '../command-definition.ts';
import { outputOptions, scopeOptions } from '../options/option-sets.ts';
import { outputExamples, scopeExamples } from './examples.ts';

export const estimateCommand: CommandDefinition = {
  name: 'estimate',
  describe: 'Tell size, duration, machine and cost of a copy before it is submitted; asks the source alone',
  options: ['source', ...scopeOptions, 'verify', 'no-verify', ...outputOptions],
  examples: [
    ['--source postgresql://app@db.old/shop', 'What a copy of a database will take'],
    ['--verify', 'With the comparison at its end, which is the default'],
    ['--no-verify', 'Without it'],
    ...scopeExamples,
    ...outputExamples,
  ],
  run: async (context) => (await import('../estimate/run-estimate.ts')).runEstimate(context),
};
