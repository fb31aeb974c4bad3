import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-sets.ts';
import { outputExamples, pacedExamples, placeExamples, scopeExamples } from './examples.ts';

export const validateCommand: CommandDefinition = {
  name: 'validate',
  describe: 'Check everything that a copy needs, and how to mend it; changes nothing',
  options: databaseOptions([
    'jobs',
    'drop-existing',
    'no-sync',
    'no-key-tables',
    'roles',
    'no-roles',
    'no-owner',
    'no-acl',
  ]),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'Check what "init" would meet; give it the options that "init" will be given',
    ],
    ['--no-key-tables skip', 'For a copy that is followed, but for tables that have no key'],
    ['--no-sync', 'For a copy that continuous sync does not follow: it needs less'],
    [
      '--drop-existing --roles',
      'For a copy that may drop what is there, and creates roles, which is the default',
    ],
    ['--no-roles --no-owner --no-acl', 'For a copy into a server with other roles'],
    ...pacedExamples,
    ...placeExamples,
    ...scopeExamples,
    ...outputExamples,
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'validate');
  },
};
