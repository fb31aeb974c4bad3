import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-definitions.ts';

export const verifyCommand: CommandDefinition = {
  name: 'verify',
  describe: 'Compare the contents of both databases, table by table',
  options: databaseOptions(),
  examples: [
    [
      '$0 verify --source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'exit with 3 if they differ',
    ],
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'verify');
  },
};
