/**
 * Every option once: what `--help` says about it, and how it is called in the environment and in the configuration
 * file. Types and readers follow from this table. It holds data alone, since `--help` loads it.
 */
export interface OptionDefinition {
  readonly type: 'string' | 'number' | 'boolean';
  readonly group: OptionGroup;
  readonly describe: string;
  /** What happens without it, for `--help`; the default itself is set where the option takes effect. */
  readonly defaultDescription?: string;
  readonly choices?: readonly string[];
  /** Its variable, where that is not `SEREN_` and its name. */
  readonly variable?: string;
  /** The option that this one is the opposite of. */
  readonly negates?: string;
}

type OptionGroup = 'Databases:' | 'Copy:' | 'Jobs:' | 'Service:' | 'Output:';

export const DEFAULT_REMOTE_API = 'https://api.seren.cloud/replication';
export const DEFAULT_LIMIT = 20;

export const optionDefinitions = {
  source: {
    type: 'string',
    group: 'Databases:',
    describe: 'Database to copy from: postgresql://user@host:5432/database',
    variable: 'SEREN_SOURCE_URL',
  },
  target: {
    type: 'string',
    group: 'Databases:',
    describe: 'Database to copy to: postgresql://user@host:5432/database',
    variable: 'SEREN_TARGET_URL',
  },
  'drop-existing': {
    type: 'boolean',
    group: 'Copy:',
    describe: 'Drop what the target holds before copying',
  },
  'no-sync': {
    type: 'boolean',
    group: 'Copy:',
    describe: 'Stop once the copy is done, without continuous sync',
  },
  verify: {
    type: 'boolean',
    group: 'Copy:',
    describe: 'Compare the contents once they are copied',
    defaultDescription: 'on',
  },
  'no-verify': {
    type: 'boolean',
    group: 'Copy:',
    describe: 'Do not compare the contents',
    negates: 'verify',
  },
  'no-owner': { type: 'boolean', group: 'Copy:', describe: 'Leave the owners of objects behind' },
  'no-acl': { type: 'boolean', group: 'Copy:', describe: 'Leave grants and default privileges behind' },
  jobs: {
    type: 'number',
    group: 'Databases:',
    describe: 'Tables to work on at the same time',
    defaultDescription: 'what the servers bear',
  },
  local: { type: 'boolean', group: 'Service:', describe: 'Do the work on this machine' },
  remote: {
    type: 'boolean',
    group: 'Service:',
    describe: 'Let the service do the work',
    defaultDescription: 'on',
    negates: 'local',
  },
  'remote-api': {
    type: 'string',
    group: 'Service:',
    describe: 'URL of the service',
    defaultDescription: DEFAULT_REMOTE_API,
  },
  'api-key': {
    type: 'string',
    group: 'Service:',
    describe: 'Key for the service; better given as SEREN_REMOTE_API_KEY',
    variable: 'SEREN_REMOTE_API_KEY',
  },
  status: {
    type: 'string',
    group: 'Jobs:',
    describe: 'Only jobs in this state: provisioning, running, completed, failed or cancelled',
    choices: ['provisioning', 'running', 'completed', 'failed', 'cancelled'],
  },
  limit: {
    type: 'number',
    group: 'Jobs:',
    describe: 'How many jobs to list at most',
    defaultDescription: String(DEFAULT_LIMIT),
  },
  yes: { type: 'boolean', group: 'Output:', describe: 'Answer yes to every question' },
  json: { type: 'boolean', group: 'Output:', describe: 'Print the result as JSON' },
  progress: {
    type: 'boolean',
    group: 'Output:',
    describe: 'With --json: print progress too, one JSON object a line',
  },
  quiet: { type: 'boolean', group: 'Output:', describe: 'Show no progress' },
  'log-level': {
    type: 'string',
    group: 'Output:',
    describe: 'What to log on standard error: error, warn, info or debug',
    defaultDescription: 'warn',
    choices: ['error', 'warn', 'info', 'debug'],
  },
  'no-color': { type: 'boolean', group: 'Output:', describe: 'Print without colours (also NO_COLOR)' },
  config: {
    type: 'string',
    group: 'Output:',
    describe: 'Configuration file (TOML) that holds options by their names',
    defaultDescription: '~/.config/seren-replicator/config.toml',
  },
} as const satisfies Record<string, OptionDefinition>;

export type OptionName = keyof typeof optionDefinitions;

export const optionNames = Object.keys(optionDefinitions) as OptionName[];

/** Of every command. */
export const outputOptions: readonly OptionName[] = ['json', 'quiet', 'log-level', 'no-color', 'config'];

/** Of every command that speaks to the service. */
export const serviceOptions: readonly OptionName[] = ['remote-api', 'api-key'];

/** Of every command that works on databases, in the order of `--help`; `own` are those of one command. */
export function databaseOptions(own: readonly OptionName[] = []): readonly OptionName[] {
  return ['source', 'target', 'jobs', ...own, 'local', 'remote', ...serviceOptions, 'yes', ...outputOptions];
}
