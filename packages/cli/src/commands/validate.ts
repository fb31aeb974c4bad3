import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-definitions.ts';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  describe: 'Check everything that a copy needs, and how to mend it; changes nothing',
  options: databaseOptions(),
  examples: [
    [
      '$0 validate --source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'check both databases',
    ],
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'validate');
  },
};
