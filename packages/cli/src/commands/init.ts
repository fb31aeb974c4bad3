import type { CommandDefinition } from '../command-definition.ts';
import { databaseOptions } from '../options/option-sets.ts';
import { outputExamples, pacedExamples, placeExamples, scopeExamples } from './examples.ts';

export const initCommand: CommandDefinition = {
  name: 'init',
  describe: 'Copy databases with all that they hold, and let the copies follow their sources',
  options: databaseOptions([
    'jobs',
    'drop-existing',
    'no-sync',
    'sync-method',
    'no-key-tables',
    'resume',
    'no-resume',
    'verify',
    'no-verify',
    'roles',
    'no-roles',
    'no-owner',
    'no-acl',
    'index-jobs',
    'max-rate',
    'estimated-size',
    'progress',
  ]),
  examples: [
    [
      '--source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'Copy a database through the service and let the copy follow; the other examples take both from SEREN_SOURCE_URL and SEREN_TARGET_URL',
    ],
    ['--no-sync', 'Copy it once, and be done'],
    ['--sync-method stream', 'Let a worker apply the changes, where the target cannot reach the source'],
    ['--no-key-tables full', 'Let tables without a key follow, too: the source logs whole rows of them'],
    ...pacedExamples,
    ...placeExamples,
    ...scopeExamples,
    ['--drop-existing --no-resume', 'Begin anew, whatever the target holds; asks first'],
    ['--resume --verify', 'Go on with an interrupted copy and compare at the end; both are the default'],
    ['--roles', 'With the roles that the target lacks, which is the default'],
    [
      '--no-roles --no-owner --no-acl --no-verify',
      'Into a server with other roles than the source, compared later',
    ],
    [
      '--jobs 2 --index-jobs 1 --max-rate 50MB',
      'Gently: two tables and one index at a time, and no more than so much in a second',
    ],
    ['--estimated-size 120GB', 'On a machine that suits the size, which "estimate" tells'],
    ['--json --progress', 'For a program: progress and result, one JSON object a line'],
    ...outputExamples,
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'init');
  },
};
