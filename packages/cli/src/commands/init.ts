import type { CommandDefinition, Example } from '../command-definition.ts';
import { databaseOptions } from '../options/option-sets.ts';
import { outputExamples, placeExamples, scopeExamples } from './examples.ts';

const once = ([options, meaning]: Example): Example => [`--no-sync ${options}`, meaning];

export const initCommand: CommandDefinition = {
  name: 'init',
  describe: 'Copy databases: schema, rows, indexes, constraints, sequences, large objects',
  options: databaseOptions([
    'drop-existing',
    'no-sync',
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
      '--no-sync --source postgresql://app@db.old/shop --target postgresql://app@db.new/shop',
      'Copy a database through the service; the other examples take both from SEREN_SOURCE_URL and SEREN_TARGET_URL',
    ],
    ...[...placeExamples, ...scopeExamples].map(once),
    ['--no-sync --drop-existing --no-resume', 'Begin anew, whatever the target holds; asks first'],
    [
      '--no-sync --resume --verify',
      'Go on with an interrupted copy and compare at the end; both are the default',
    ],
    ['--no-sync --roles', 'With the roles that the target lacks, which is the default'],
    [
      '--no-sync --no-roles --no-owner --no-acl --no-verify',
      'Into a server with other roles than the source, compared later',
    ],
    [
      '--no-sync --jobs 2 --index-jobs 1 --max-rate 50MB',
      'Gently: two tables and one index at a time, and no more than so much in a second',
    ],
    ['--no-sync --estimated-size 120GB', 'On a machine that suits the size, which "estimate" tells'],
    ['--no-sync --json --progress', 'For a program: progress and result, one JSON object a line'],
    ...outputExamples.map(once),
  ],
  run: async (context) => {
    const { runDatabaseCommand } = await import('../run-job/run-database-command.ts');
    return runDatabaseCommand(context, 'init');
  },
};
