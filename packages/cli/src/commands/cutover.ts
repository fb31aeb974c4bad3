import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-sets.ts';
import { outputExamples, pacedExamples, placeExamples, scopeExamples } from './examples.ts';

export const cutoverCommand: CommandDefinition = {
  name: 'cutover',
  describe: 'End replication with nothing lost: wait for the last change, set sequences, compare, detach',
  options: databaseOptions([
    'jobs',
    'max-lag',
    'lock-source',
    'cutover-verify',
    'reverse',
    'dry-run',
    'progress',
  ]),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop --dry-run',
      'Tell the steps and how long they will take',
    ],
    [
      '--lock-source --max-lag 5s',
      'Let nobody write to the source meanwhile, and do not begin when the target is further behind',
    ],
    ['--lock-source --verify counts', 'Count rows instead of comparing them, for a shorter pause'],
    ['--lock-source --reverse', 'Let the old source follow the new one, so that going back loses nothing'],
    ['--yes --json --progress', 'For a program: progress and result, one JSON object a line'],
    ...pacedExamples,
    ...placeExamples,
    ...scopeExamples,
    ...outputExamples,
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'cutover');
  },
};
