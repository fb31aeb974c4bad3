import { describe, expect, test } from '@jest/globals';
import { commandList } from '../commands/command-list.ts';
import { parseCommandLine, type CommandLine } from './parse-command-line.ts';

const parse = (...args: string[]): CommandLine =>
  parseCommandLine({ args, commands: commandList, version: '1.2.3', columns: 80 });

test.each([
  [['init', '--soruce=postgres://u:hunter2@h/d'], 'Unknown option: --soruce (did you mean --source?).'],
  [['init', '--soruce', 'hunter2'], 'Unknown option: --soruce (did you mean --source?).'],
  [['--soruce', 'hunter', 'init'], 'Unknown option: --soruce.'],
  [['init', '--sorce', '--foo'], 'Unknown option: --sorce (did you mean --source?), --foo.'],
  [['init', '--hunter2'], 'There is an option that does not exist.'],
  [['init', 'postgres://u:hunter2@h/d'], 'There is an argument too many'],
  [['postgres://u:hunter2@h/d'], 'The first word must be a command: validate, init'],
  [['init', '-hunter2'], 'Options are written with two dashes'],
  [['init', '-j', '8'], 'Options are written with two dashes'],
  [['hunt'], 'Unknown command: hunt. There are validate, init, verify, jobs.'],
  [['verfiy'], 'Unknown command: verfiy. Did you mean verify?'],
  [['jobs', 'lst'], 'Unknown command: lst. Did you mean list?'],
  [['jobs', 'show', 'hunter', 'hunter2'], 'There is an argument too many'],
  [['jobs', 'show'], 'An argument is missing.'],
  [['verify', '--drop-existing'], '"verify" does not take --drop-existing.'],
  [['init', '--source'], '--source needs a value.'],
  [['init', '--source', '--json'], '--source needs a value.'],
  [['jobs'], 'Name a command. There are list, show, watch, cancel.'],
  [[], 'Name a command. There are validate'],
])('%j is refused: %s', (args, expected) => {
  const parsed = parse(...args);
  const message = parsed.kind === 'refused' ? parsed.message : parsed.kind;
  expect(message).toContain(expected);
  expect(message).toMatch(/ See: seren-replicator( \w+)* --help$/);
  expect(message).not.toContain('hunter2');
});

describe('a command', () => {
  test('is found wherever its options stand, with what they were given', () => {
    const parsed = parse('--json', 'jobs', '--limit=5', 'list', '--limit', '6');
    expect(parsed).toMatchObject({ kind: 'command', command: { name: 'list' }, argument: '' });
    expect(parsed.kind === 'command' && Object.fromEntries(parsed.options)).toEqual({
      json: [true],
      limit: ['5', '6'],
    });
  });

  test('has its argument, also behind --', () => {
    expect(parse('jobs', 'show', 'a')).toMatchObject({ argument: 'a' });
    expect(parse('jobs', 'show', '--', '-a')).toMatchObject({ argument: '-a' });
  });

  test('takes values with dashes when they are joined to their option, and booleans with a value', () => {
    const parsed = parse('init', '--config=--odd.toml', '--verify=no', '--source=');
    expect(parsed.kind === 'command' && Object.fromEntries(parsed.options)).toEqual({
      config: ['--odd.toml'],
      verify: ['no'],
      source: [''],
    });
  });
});

test('help is that of what the words lead to, whatever else is wrong', () => {
  const helpOf = (...args: string[]): string => {
    const parsed = parse(...args);
    return parsed.kind === 'text' ? (parsed.text.split('\n')[0] ?? '') : parsed.kind;
  };
  expect(helpOf('--help')).toBe('seren-replicator <command> [options]');
  expect(helpOf('-h')).toBe('seren-replicator <command> [options]');
  expect(helpOf('jobs', '-h')).toBe('seren-replicator jobs <command> [options]');
  expect(helpOf('jobs', 'watch', '--help', '--foo')).toBe('seren-replicator jobs watch <job_id> [options]');
  expect(helpOf('clone', '--help')).toBe('refused');
  expect(parse('--version')).toEqual({ kind: 'text', text: '1.2.3\n' });
});
