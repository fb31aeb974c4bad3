import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-definitions.ts';

export const initCommand: CommandDefinition = {
  name: 'init',
  describe: 'Copy a database: schema, rows, indexes, constraints, sequences, large objects',
  options: databaseOptions([
    'drop-existing',
    'no-sync',
    'verify',
    'no-verify',
    'no-owner',
    'no-acl',
    'progress',
  ]),
  examples: [
    [
      '$0 init --no-sync --source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'copy through the service',
    ],
    [
      '$0 init --no-sync --local --jobs 8',
      'copy from this machine, URLs from SEREN_SOURCE_URL and SEREN_TARGET_URL',
    ],
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'init');
  },
};
