import type { CommandDefinition, CommandGroup, Example } from '../command-definition.ts';
import type { OptionName } from '../options/option-definitions.ts';
import { outputOptions, serviceOptions } from '../options/option-sets.ts';
import { outputExamples } from './examples.ts';

const options: readonly OptionName[] = [...serviceOptions, ...outputOptions];
const argument = { name: 'job_id', describe: 'Id of the job, as "jobs list" shows it' };
const EXAMPLE_ID = '0b7e2c1e-6f1d-4b43-9d6f-2a4c8f1f0e55';

const sharedExamples = (words: string): Example[] =>
  [serviceExample, ...outputExamples].map(([options, meaning]) => [`${words}${options}`, meaning]);
const serviceExample: Example = [
  '--remote-api http://127.0.0.1:8787 --api-key "$KEY"',
  'Of a service of your own, as ./scripts/dev-stack starts one',
];

const listCommand: CommandDefinition = {
  name: 'list',
  describe: 'List jobs, newest first',
  options: ['status', 'limit', ...options],
  examples: [['--status running --limit 100', 'What is being worked on'], ...sharedExamples('')],
  run: async (context) => (await import('../jobs/list-jobs.ts')).listJobs(context),
};

const showCommand: CommandDefinition = {
  name: 'show',
  describe: 'Show all about a job',
  argument,
  options,
  examples: [[EXAMPLE_ID, 'State, progress and result'], ...sharedExamples(`${EXAMPLE_ID} `)],
  run: async (context) => (await import('../jobs/show-job.ts')).showJob(context),
};

const watchCommand: CommandDefinition = {
  name: 'watch',
  describe: 'Follow a job to its end, and end with its exit code',
  argument,
  options,
  examples: [[EXAMPLE_ID, 'Come back to a job after the laptop slept'], ...sharedExamples(`${EXAMPLE_ID} `)],
  run: async (context) => (await import('../jobs/watch-existing-job.ts')).watchExistingJob(context),
};

const logsCommand: CommandDefinition = {
  name: 'logs',
  describe: 'Print what the workers of a job have logged',
  argument,
  options: ['follow', ...options],
  examples: [
    [EXAMPLE_ID, 'What it did, and what went wrong'],
    [`${EXAMPLE_ID} --follow`, 'And go on until the job has ended'],
    ...sharedExamples(`${EXAMPLE_ID} `),
  ],
  run: async (context) => (await import('../jobs/show-log.ts')).showLog(context),
};

const retryCommand: CommandDefinition = {
  name: 'retry',
  describe: 'Submit a job that failed or was cancelled once more, from where it was',
  argument,
  options,
  examples: [
    [EXAMPLE_ID, 'Under a new id, once what was in the way is mended'],
    ...sharedExamples(`${EXAMPLE_ID} `),
  ],
  run: async (context) => (await import('../jobs/retry-job.ts')).retryJob(context),
};

const cancelCommand: CommandDefinition = {
  name: 'cancel',
  describe: 'Stop a job',
  argument,
  options,
  examples: [[EXAMPLE_ID, 'Stop it where it stands'], ...sharedExamples(`${EXAMPLE_ID} `)],
  run: async (context) => (await import('../jobs/cancel-job.ts')).cancelJob(context),
};

export const jobsCommands: CommandGroup = {
  name: 'jobs',
  describe: 'List, show, watch, cancel and retry jobs of the service, and read their logs',
  commands: [listCommand, showCommand, watchCommand, logsCommand, cancelCommand, retryCommand],
};
