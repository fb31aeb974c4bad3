import type { CommandDefinition } from '../command-definition.ts';
import { wholeDatabaseOptions } from '../options/option-sets.ts';
import { databaseScopeExamples, outputExamples, placeExamples } from './examples.ts';

export const statusCommand: CommandDefinition = {
  name: 'status',
  describe: 'Tell what follows its source, how far behind it is, and what needs somebody to act',
  options: wholeDatabaseOptions(['max-lag', 'watch']),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'State, lag, log that the source keeps, changes of the schema, conflicts',
    ],
    ['--max-lag 10s', 'For a script: exit code 1 if the target is further behind'],
    ['--local --watch', 'From this machine, again every few seconds'],
    ...placeExamples,
    ...databaseScopeExamples,
    ...outputExamples,
  ],
  run: async (context) => (await import('../run-job/run-status.ts')).runStatus(context),
};
