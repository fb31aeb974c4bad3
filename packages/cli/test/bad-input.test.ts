import { describe, expect, test } from '@jest/globals';
import { runCli } from './run-cli.ts';

const source = ['--source', 'postgresql://app:hunter2@h/d'];
const target = ['--target', 'postgresql://app:hunter2@h/e'];

describe('a wrong call exits with 2, says why, and repeats no password', () => {
  test.each([
    ['no command', [], 'Name a command.'],
    ['an unknown command', ['clone'], 'clone'],
    ['a mistyped command', ['verfiy'], 'Did you mean verify?'],
    ['a mistyped subcommand', ['jobs', 'lst'], 'Did you mean list?'],
    ['an unknown option', ['verify', '--soruce=postgresql://a:hunter2@h/d'], '--soruce'],
    ['an option without its value', ['verify', '--source'], '--source needs a value'],
    ['a URL that is no option', ['verify', 'postgresql://app:hunter2@h/d'], 'an argument too many'],
    ['a job without its id', ['jobs', 'show'], 'An argument is missing'],
    ['a job id that is a path', ['jobs', 'show', '../health'], 'A job is named by its id'],
    ['no source', ['verify', ...target], '--source URL (or SEREN_SOURCE_URL)'],
    ['no target', ['verify', ...source], '--target URL (or SEREN_TARGET_URL)'],
    ['a source that is no URL', ['verify', '--source', 'app:hunter2@h', ...target], '--source: '],
    ['a password with an "@"', ['verify', '--source', 'postgresql://a:x@hunter2@h/d', ...target], '%40'],
    ['an unknown parameter', ['verify', ...source, '--target', 'postgresql://h/d?sslmod=x'], '"sslmod"'],
    ['a number that is none', ['verify', ...source, ...target, '--jobs', 'hunter2'], '--jobs must be'],
    [
      'a list with a gap',
      ['verify', ...source, ...target, '--include-tables', 'a,,b'],
      '--include-tables must',
    ],
    [
      'a name that is too long',
      ['verify', ...source, ...target, '--include-tables', 'x'.repeat(2000)],
      '--include-tables: ',
    ],
    ['a number out of bounds', ['verify', ...source, ...target, '--jobs', '1000'], '--jobs: '],
    [
      'a level that is none',
      ['verify', ...source, ...target, '--log-level', 'x'],
      'error, warn, info, debug',
    ],
    ['both places', ['verify', ...source, ...target, '--local', '--remote'], 'exclude each other'],
    ['a service that is no URL', ['jobs', 'list', '--remote-api', 'api.example.com'], '--remote-api'],
    ['a service in the clear', ['jobs', 'list', '--remote-api', 'http://api.example.com'], 'must be https'],
    ['a key that no header can carry', ['jobs', 'list', '--api-key', 'hunter2\nx'], 'SEREN_REMOTE_API_KEY'],
    ['a time that is none', ['status', ...source, ...target, '--max-lag', 'hunter2'], '--max-lag must be'],
    ['a method that is none', ['init', ...source, ...target, '--sync-method', 'x'], 'auto, subscription'],
    ['tables without a key', ['init', ...source, ...target, '--no-key-tables', 'x'], 'refuse, skip, full'],
    ['a comparison that is none', ['cutover', ...source, ...target, '--verify=yes'], 'full, counts, none'],
    ['a cutover nobody can confirm', ['cutover', ...source, ...target], 'add --yes'],
    ['a watch through the service', ['status', '--watch', ...source, ...target], 'jobs watch'],
    ['a watch of another command', ['sync', '--watch', ...source, ...target], '"sync" does not take --watch'],
    [
      'a drop nobody can confirm',
      ['init', '--no-sync', '--drop-existing', ...source, ...target],
      'add --yes',
    ],
  ])('%s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runCli(args);
    expect(stderr).toContain(message);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).not.toContain('hunter2');
  });
});

test('with --json, a wrong call is one JSON document with its code', async () => {
  const { exitCode, stdout } = await runCli(['verify', '--json', ...source]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: expect.stringContaining('--target URL'),
    code: 'invalid_request',
  });
});

test('an unknown option is a JSON document, too', async () => {
  const { stdout } = await runCli(['verify', '--soruce', 'x', '--json']);
  expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining('--soruce'), code: 'invalid_request' });
});

test('variables of SEREN_ that are unknown are let be', async () => {
  const { stderr } = await runCli(['verify', ...source], { SEREN_FUTURE: 'x', SEREN_LIMIT: 'not a number' });
  expect(stderr).toContain('--target URL');
});
