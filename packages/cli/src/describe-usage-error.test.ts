import { expect, test } from '@jest/globals';
import { describeUsageError } from './describe-usage-error.ts';

test.each([
  ['Unknown argument: soruce', ['init', '--soruce=postgres://u:hunter2@h/d'], 'Unknown option: --soruce.'],
  ['Unknown arguments: soruce, hunter2', ['init', '--soruce', 'x', 'hunter2'], 'Unknown option: --soruce.'],
  [
    'Unknown argument: postgres://u:hunter2@h/d',
    ['init', 'postgres://u:hunter2@h/d'],
    'There is an argument too many',
  ],
  ['Unknown arguments: h, u, n, t, e, r, 2', ['init', '-hunter2'], 'Options are written with two dashes'],
  ['Unknown argument: hunt', ['hunt'], 'Unknown command: hunt.'],
  ['Not enough arguments following: source', ['init', '--source'], '--source needs a value.'],
  ['Something new: hunter2', ['init', 'hunter2'], 'The options cannot be read.'],
])('%s', (message, args, expected) => {
  const description = describeUsageError(message, args);
  expect(description).toContain(expected);
  expect(description).toContain('seren-replicator --help');
  expect(description).not.toContain('hunter2');
});
