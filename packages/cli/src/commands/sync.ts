import type { CommandDefinition } from '../command-definition.ts';
import { wholeDatabaseOptions } from '../options/option-sets.ts';
import { databaseScopeExamples, outputExamples, placeExamples } from './examples.ts';

export const syncCommand: CommandDefinition = {
  name: 'sync',
  describe: 'Let the target follow its source from where "init" ended; starts, goes on and mends, or ends it',
  options: wholeDatabaseOptions(['stop', 'progress']),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'Go on, with whatever is missing or broken mended; a worker that applies changes stays at it',
    ],
    ['--stop', 'End it: remove slot, publication and subscription, and keep what is on the target'],
    ['--local', 'From this machine, until Ctrl-C'],
    ['--json --progress', 'For a program: progress and result, one JSON object a line'],
    ...placeExamples,
    ...databaseScopeExamples,
    ...outputExamples,
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'sync');
  },
};
