import { describe, expect, test } from '@jest/globals';
import { commandList } from '../commands/command-list.ts';
import { parseCommandLine, type CommandLine } from './parse-command-line.ts';

const parse = (...args: string[]): Promise<CommandLine> =>
  parseCommandLine({ args, commands: commandList, version: '1.2.3', columns: 80 });

test.each([
  [['init', '--soruce=postgres://u:hunter2@h/d'], 'Unknown option: --soruce (did you mean --source?).'],
  [['init', '--soruce', 'hunter2'], 'Unknown option: --soruce (did you mean --source?).'],
  [['--soruce', 'hunter2', 'init'], 'Unknown option: --soruce (did you mean --source?).'],
  [['init', '--sorce', '--foo'], 'Unknown option: --sorce (did you mean --source?), --foo.'],
  [['init', '--hunter2'], 'There is an option that does not exist.'],
  [['init', 'postgres://u:hunter2@h/d'], 'There is an argument too many'],
  [['postgres://u:hunter2@h/d'], 'The first word must be a command: validate, estimate, init'],
  [['init', '-hunter2'], 'There is an option that does not exist.'],
  [['init', '-j', '8'], 'Options are written with two dashes'],
  [
    ['clone-all'],
    'Unknown command: clone-all. There are validate, estimate, init, sync, status, verify, cutover, jobs.',
  ],
  [['verfiy'], 'Unknown command. Did you mean verify?'],
  [['jobs', 'lst'], 'Unknown command. Did you mean list?'],
  [['init', '--verify=hunter2'], '--verify must be true or false.'],
  [['hunter2', '--source', 'x'], 'The first word must be a command'],
  [['jobs', 'show', 'hunter', 'hunter2'], 'There is an argument too many'],
  [['jobs', 'show'], 'An argument is missing.'],
  [['verify', '--drop-existing'], '"verify" does not take --drop-existing.'],
  [['init', '--source'], '--source needs a value.'],
  [['cutover', '--verify'], '--verify needs a value.'],
  [['init', '--no-key-tables'], '--no-key-tables needs a value.'],
  [['status', '--verify'], '"status" does not take --verify.'],
  [['init', '--source', '--json'], '--source needs a value.'],
  [['jobs'], 'Name a command. There are list, show, watch, logs, cancel, retry.'],
  [[], 'Name a command. There are validate'],
])('%j is refused: %s', async (args, expected) => {
  const parsed = await parse(...args);
  const message = parsed.kind === 'refused' ? parsed.message : parsed.kind;
  expect(message).toContain(expected);
  expect(message).toMatch(/ See: seren-replicator( \w+)* --help$/);
  expect(message).not.toContain('hunter2');
});

describe('a command', () => {
  test('is found wherever its options stand, with what they were given', async () => {
    const parsed = await parse('--json', 'jobs', '--limit=5', 'list', '--limit', '6');
    expect(parsed).toMatchObject({ kind: 'command', command: { name: 'list' }, argument: '' });
    expect(parsed.kind === 'command' && Object.fromEntries(parsed.options)).toEqual({
      json: [true],
      limit: ['5', '6'],
    });
  });

  test('has its argument as it was written, wherever it stands', async () => {
    expect(await parse('jobs', 'show', 'a')).toMatchObject({ argument: 'a' });
    expect(await parse('jobs', 'show', '--json', 'a')).toMatchObject({ argument: 'a' });
    expect(await parse('jobs', 'show', '017')).toMatchObject({ argument: '017' });
  });

  test('takes values with dashes when they are joined to their option', async () => {
    const parsed = await parse('init', '--config=--odd.toml', '--source=');
    expect(parsed.kind === 'command' && Object.fromEntries(parsed.options)).toEqual({
      config: ['--odd.toml'],
      source: [''],
    });
  });

  test.each([
    [['init', '--verify'], { verify: [true] }],
    [['init', '--verify=no'], { verify: [false] }],
    [['cutover', '--verify', 'counts'], { 'cutover-verify': ['counts'] }],
    [['cutover', '--verify=none'], { 'cutover-verify': ['none'] }],
    [['--verify=counts', 'cutover'], { 'cutover-verify': ['counts'] }],
    [['--verify', 'init'], { verify: [true] }],
    [['init', '--no-key-tables', 'skip'], { 'no-key-tables': ['skip'] }],
    [['init', '--no-key-tables=full', '--no-sync'], { 'no-key-tables': ['full'], 'no-sync': [true] }],
    [['--status', 'running', 'jobs', 'list'], { status: ['running'] }],
    [['status', '--max-lag', '10s'], { 'max-lag': ['10s'] }],
  ])('takes %j as its own options mean it', async (args, expected) => {
    const parsed = await parse(...args);
    expect(parsed.kind === 'command' && Object.fromEntries(parsed.options)).toEqual(expected);
  });

  test.each([
    [['--drop-existing'], true],
    [['--drop-existing=yes'], true],
    [['--drop-existing=ON'], true],
    [['--drop-existing=1'], true],
    [['--drop-existing=no'], false],
    [['--drop-existing=false'], false],
  ])('reads %j as what it says', async (args, expected) => {
    const parsed = await parse('init', ...args);
    expect(parsed.kind === 'command' && parsed.options.get('drop-existing')).toEqual([expected]);
  });

  test('that has the name of an option of another command is not taken for it', async () => {
    expect(await parse('jobs', 'list', '--jobs', '3')).toMatchObject({
      message: expect.stringContaining('"list" does not take --jobs.'),
    });
  });
});

test('help is that of what the words lead to, whatever else is wrong', async () => {
  const helpOf = async (...args: string[]): Promise<string> => {
    const parsed = await parse(...args);
    return parsed.kind === 'text' ? (parsed.text.split('\n')[0] ?? '') : parsed.kind;
  };
  expect(await helpOf('--help')).toBe('seren-replicator <command> [options]');
  expect(await helpOf('-h')).toBe('seren-replicator <command> [options]');
  expect(await helpOf('jobs', '-h')).toBe('seren-replicator jobs <command>');
  expect(await helpOf('jobs', 'watch', '--help', '--foo')).toBe(
    'seren-replicator jobs watch <job_id> [options]',
  );
  expect(await parse('--version')).toEqual({ kind: 'text', text: '1.2.3\n' });
});
