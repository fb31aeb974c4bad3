import type { CommandDefinition, CommandGroup } from '../command-definition.ts';
import { outputOptions, serviceOptions, type OptionName } from '../options/option-definitions.ts';

const options: readonly OptionName[] = [...serviceOptions, ...outputOptions];
const argument = { name: 'job_id', describe: 'Id of the job, as "jobs list" shows it' };
const EXAMPLE_ID = '0b7e2c1e-6f1d-4b43-9d6f-2a4c8f1f0e55';

const listCommand: CommandDefinition = {
  name: 'list',
  describe: 'List jobs, newest first',
  options: ['status', 'limit', ...options],
  examples: [['$0 jobs list --status running', 'what is being worked on']],
  run: async (context) => (await import('../jobs/list-jobs.ts')).listJobs(context),
};

const showCommand: CommandDefinition = {
  name: 'show',
  describe: 'Show all about a job',
  argument,
  options,
  examples: [[`$0 jobs show ${EXAMPLE_ID}`, 'state, progress and result']],
  run: async (context) => (await import('../jobs/show-job.ts')).showJob(context),
};

const watchCommand: CommandDefinition = {
  name: 'watch',
  describe: 'Follow a job to its end, and end with its exit code',
  argument,
  options,
  examples: [[`$0 jobs watch ${EXAMPLE_ID}`, 'come back to a job after the laptop slept']],
  run: async (context) => (await import('../jobs/watch-existing-job.ts')).watchExistingJob(context),
};

const cancelCommand: CommandDefinition = {
  name: 'cancel',
  describe: 'Stop a job',
  argument,
  options,
  examples: [[`$0 jobs cancel ${EXAMPLE_ID}`, 'stop it where it stands']],
  run: async (context) => (await import('../jobs/cancel-job.ts')).cancelJob(context),
};

export const jobsCommands: CommandGroup = {
  name: 'jobs',
  describe: 'List, show, watch and cancel jobs of the service',
  commands: [listCommand, showCommand, watchCommand, cancelCommand],
};
