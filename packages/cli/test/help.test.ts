import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { commandList } from '../src/commands/command-list.ts';
import { parseCommandLine } from '../src/command-line/parse-command-line.ts';
import { buildFilter } from '../src/filter/build-filter.ts';
import { mergeLayers } from '../src/options/merge-layers.ts';
import { optionDefinitions, type OptionDefinition } from '../src/options/option-definitions.ts';
import { readFlags } from '../src/options/option-sources.ts';
import { bundledCli, runCli, withDirectory } from './run-cli.ts';

test('--help lists the commands on standard output', async () => {
  const { exitCode, stdout, stderr } = await runCli(['--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const command of ['validate', 'init', 'sync', 'status', 'verify', 'cutover', 'jobs'])
    expect(stdout).toContain(command);
});

const commands: string[][] = [
  ['validate'],
  ['init'],
  ['sync'],
  ['status'],
  ['cutover'],
  ['estimate'],
  ['verify'],
  ['jobs', 'list'],
  ['jobs', 'show'],
  ['jobs', 'watch'],
  ['jobs', 'logs'],
  ['jobs', 'cancel'],
  ['jobs', 'retry'],
];
const named = commands.map((names): [name: string, names: string[]] => [names.join(' '), names]);

test.each(named)('the help of %s has a line and an example for every option', async (name, names) => {
  const { exitCode, stdout } = await runCli([...names, '--help']);
  expect(exitCode).toBe(0);
  const [table = '', examples = ''] = stdout.split('\nExamples:\n');
  const listed = [...table.matchAll(/^(?: {6}| {2}-h, )--([a-z-]+) {2,}\S/gm)].map(([, option]) => option);
  expect(listed).toEqual(expect.arrayContaining(['json', 'config', 'version']));
  for (const option of listed.filter((one) => !['version', 'help'].includes(one ?? ''))) {
    expect(examples).toMatch(new RegExp(`seren-replicator ${name} (?:[^#]* )?--${option}\\b(?!-)`));
  }
});

test.each(named)('every example of %s is one that the command takes', async (_, names) => {
  const { stdout } = await runCli([...names, '--help']);
  const examples = stdout
    .slice(stdout.indexOf('\nExamples:\n'))
    .matchAll(/^ {2}seren-replicator ((?:.*\\\n)*.*)$/gm);
  const lines = [...examples].map(([, line = '']) => line);
  expect(lines.length).toBeGreaterThan(2);
  const script = lines.map((line) => `printf '%s\\0' ${line}; printf '\\n'`).join('\n');
  const { stdout: words } = await promisify(execFile)('bash', ['-c', script], { env: { KEY: 'k' } });
  for (const line of words.trimEnd().split('\n')) {
    const args = line.split('\0').slice(0, -1);
    const parsed = await parseCommandLine({ args, commands: commandList, version: '', columns: 80 });
    expect(parsed).toMatchObject({ kind: 'command', command: { name: names.at(-1) } });
    if (parsed.kind === 'command') buildFilter(mergeLayers([readFlags(parsed.options)]), new Date());
  }
});

test('help fits a terminal of 80 columns, but for what cannot be broken', async () => {
  for (const names of commands) {
    const { stdout } = await runCli([...names, '--help']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

test('every option says what it does in one line, and what it takes', () => {
  for (const definition of Object.values<OptionDefinition>(optionDefinitions)) {
    expect(definition.describe).toMatch(/^[A-Z][\x20-\x7e]{10,79}$/);
    expect(definition.placeholder === undefined).toBe(definition.type === 'boolean');
  }
});

test('--version prints the version of the package', async () => {
  const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runCli(['--version'])).toEqual({ exitCode: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('neither loads the engine, the network client or the schemas', async () => {
  await withDirectory(async (directory) => {
    await runCli(['--help'], { NODE_V8_COVERAGE: directory });
    const [report = ''] = await readdir(directory);
    const { result } = JSON.parse(await readFile(join(directory, report), 'utf8')) as {
      result: { url: string }[];
    };
    const files = result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
    const heavy = /\/(zod|ky|pg|smol-toml|cli-table3|cli-progress)\/|\/packages\/(replication|job-models)\//;
    expect(files).toContainEqual(expect.stringContaining('/src/cli.ts'));
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
  });
});

/** Milliseconds of processor time that a run takes, which a busy machine does not change as it does the clock's. */
async function processorTime(directory: string, args: readonly string[]): Promise<number> {
  const report = join(directory, 'report.cjs');
  const total = '(u => u.user + u.system)(process.cpuUsage())';
  await writeFile(report, `process.on('exit', () => process.stderr.write(String(${total})));`);
  const { stderr } = await promisify(execFile)(process.execPath, ['--require', report, ...args]);
  return Number(stderr) / 1000;
}

/** The best of several runs, in turn with Node.js alone. Where that takes 25 ms, 150 ms are six times as much. */
test.each(['--help', '--version'])('%s of the bundle comes at once', async (option) => {
  await withDirectory(async (directory) => {
    const [bare, own]: [number[], number[]] = [[], []];
    for (let round = 0; round < 8; round += 1) {
      bare.push(await processorTime(directory, ['-e', '0']));
      own.push(await processorTime(directory, [bundledCli, option]));
    }
    expect(Math.min(...own) / Math.min(...bare)).toBeLessThan(6);
  });
});
