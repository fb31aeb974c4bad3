import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-sets.ts';
import { outputExamples, placeExamples, scopeExamples } from './examples.ts';

export const verifyCommand: CommandDefinition = {
  name: 'verify',
  describe: 'Compare the contents of databases, table by table',
  options: databaseOptions(),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'Compare two databases; ends with exit code 3 if they differ',
    ],
    ...placeExamples,
    ...scopeExamples,
    ...outputExamples,
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'verify');
  },
};
