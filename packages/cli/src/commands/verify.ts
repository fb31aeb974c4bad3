import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-sets.ts';
import { outputExamples, pacedExamples, placeExamples, scopeExamples } from './examples.ts';

export const verifyCommand: CommandDefinition = {
  name: 'verify',
  describe: 'Compare databases: contents table by table, sequences, large objects, schema',
  options: databaseOptions(['jobs', 'no-owner', 'no-acl']),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'Compare two databases; ends with exit code 3 if they differ',
    ],
    ['--no-owner --no-acl', 'After a copy that left owners and grants out'],
    ...pacedExamples,
    ...placeExamples,
    ...scopeExamples,
    ...outputExamples,
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'verify');
  },
};
