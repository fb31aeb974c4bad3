/**
 * Every option once: what `--help` says about it, and how it is called in the environment and in the configuration
 * file. Types and readers follow from this table. It holds data alone, since `--help` loads it.
 */
export interface OptionDefinition {
  readonly type: OptionType;
  readonly group: OptionGroup;
  readonly describe: string;
  /** What stands for the value in `--help`; options without one are booleans. */
  readonly placeholder?: string;
  /** What happens without it, for `--help`; the default itself is set where the option takes effect. */
  readonly defaultDescription?: string;
  readonly choices?: readonly string[];
  /** Its variable, where that is not `SEREN_` and its name. */
  readonly variable?: string;
  /** What it is called on the command line, where commands mean different things by one name: `verify` of `cutover`. */
  readonly flag?: string;
  /** The option that this one is the opposite of. */
  readonly negates?: string;
}

/**
 * Two kinds of lists, both of options that may be repeated: `names` have commas between them, `texts` are one text
 * each time.
 */
type OptionType = 'string' | 'number' | 'bytes' | 'seconds' | 'boolean' | 'names' | 'texts';

/** In the order of `--help`. */
export const optionGroups = ['Databases', 'Scope', 'Copy', 'Sync', 'Jobs', 'Service', 'Output'] as const;
type OptionGroup = (typeof optionGroups)[number];

export const DEFAULT_REMOTE_API = 'https://api.seren.cloud/replication';
export const DEFAULT_LIMIT = 20;

export const optionDefinitions = {
  source: {
    type: 'string',
    group: 'Databases',
    placeholder: 'URL',
    describe: 'Database to copy from: postgresql://user@host:5432/database',
    variable: 'SEREN_SOURCE_URL',
  },
  target: {
    type: 'string',
    group: 'Databases',
    placeholder: 'URL',
    describe: 'Database to copy to: postgresql://user@host:5432/database',
    variable: 'SEREN_TARGET_URL',
  },
  'all-databases': {
    type: 'boolean',
    group: 'Scope',
    describe: 'Every database of the source server, under its own name',
  },
  'include-databases': {
    type: 'names',
    group: 'Scope',
    placeholder: 'NAMES',
    describe: 'These databases of the source server, under their own names',
  },
  'exclude-databases': {
    type: 'names',
    group: 'Scope',
    placeholder: 'NAMES',
    describe: 'Every database of the source server but these',
  },
  'include-tables': {
    type: 'names',
    group: 'Scope',
    placeholder: 'NAMES',
    describe: 'These tables only: table, schema.table, database.schema.table',
  },
  'exclude-tables': {
    type: 'names',
    group: 'Scope',
    placeholder: 'NAMES',
    describe: 'Every table but these; * in a name is any run of characters',
  },
  'schema-only-tables': {
    type: 'names',
    group: 'Scope',
    placeholder: 'NAMES',
    describe: 'Create these tables and leave their rows behind',
  },
  'table-filter': {
    type: 'texts',
    group: 'Scope',
    placeholder: 'FILTER',
    describe: "Only rows that satisfy SQL: 'schema.table:predicate'",
  },
  'time-filter': {
    type: 'texts',
    group: 'Scope',
    placeholder: 'FILTER',
    describe: "Only rows that are newer: 'schema.table:column:6 months'",
  },
  'drop-existing': {
    type: 'boolean',
    group: 'Copy',
    describe: 'Drop what the target holds before copying',
  },
  'no-sync': {
    type: 'boolean',
    group: 'Sync',
    describe: 'Stop once the copy is done, without continuous sync',
  },
  'sync-method': {
    type: 'string',
    group: 'Sync',
    placeholder: 'METHOD',
    describe: 'How the target follows: auto, subscription (by itself) or stream (a worker)',
    defaultDescription: 'auto',
    choices: ['auto', 'subscription', 'stream'],
  },
  'no-key-tables': {
    type: 'string',
    group: 'Sync',
    placeholder: 'WHAT',
    describe: 'Tables without a key: refuse, skip, or full (REPLICA IDENTITY FULL)',
    defaultDescription: 'refuse',
    choices: ['refuse', 'skip', 'full'],
  },
  stop: {
    type: 'boolean',
    group: 'Sync',
    describe: 'End continuous sync: remove all that it made on both sides',
  },
  'max-lag': {
    type: 'seconds',
    group: 'Sync',
    placeholder: 'TIME',
    describe: 'How far behind the target may be: 10s, 500ms, 2m',
  },
  watch: {
    type: 'boolean',
    group: 'Sync',
    describe: 'Look again every few seconds, until Ctrl-C',
  },
  'lock-source': {
    type: 'boolean',
    group: 'Sync',
    describe: 'Let nobody write to the source any more; undone if it fails',
  },
  'cutover-verify': {
    type: 'string',
    flag: 'verify',
    group: 'Sync',
    placeholder: 'WHAT',
    describe: 'What to compare before the target is let go: full, counts or none',
    defaultDescription: 'full',
    choices: ['full', 'counts', 'none'],
  },
  reverse: {
    type: 'boolean',
    group: 'Sync',
    describe: 'Let the old source follow the new one, for a way back',
  },
  'dry-run': {
    type: 'boolean',
    group: 'Sync',
    describe: 'Tell the steps and how long they will take; change nothing',
  },
  resume: {
    type: 'boolean',
    group: 'Copy',
    describe: 'Go on from where an interrupted copy ended',
    defaultDescription: 'on',
  },
  'no-resume': {
    type: 'boolean',
    group: 'Copy',
    describe: 'Never go on from an interrupted copy',
    negates: 'resume',
  },
  verify: {
    type: 'boolean',
    group: 'Copy',
    describe: 'Compare the contents once they are copied',
    defaultDescription: 'on',
  },
  'no-verify': {
    type: 'boolean',
    group: 'Copy',
    describe: 'Do not compare the contents',
    negates: 'verify',
  },
  roles: {
    type: 'boolean',
    group: 'Copy',
    describe: 'Create roles that own or are granted something and that the target lacks',
    defaultDescription: 'on',
  },
  'no-roles': {
    type: 'boolean',
    group: 'Copy',
    describe: 'Create no roles on the target',
    negates: 'roles',
  },
  'no-owner': { type: 'boolean', group: 'Copy', describe: 'Leave out who owns objects' },
  'no-acl': { type: 'boolean', group: 'Copy', describe: 'Leave out grants and default privileges' },
  jobs: {
    type: 'number',
    group: 'Databases',
    placeholder: 'N',
    describe: 'Tables to work on at the same time',
    defaultDescription: 'what the servers bear',
  },
  'index-jobs': {
    type: 'number',
    group: 'Copy',
    placeholder: 'N',
    describe: 'Indexes and constraints to build at the same time',
    defaultDescription: 'as many as --jobs',
  },
  'max-rate': {
    type: 'bytes',
    group: 'Copy',
    placeholder: 'SIZE',
    describe: 'What the copy of rows may move in a second at most: 50MB, 1GiB',
    defaultDescription: 'no limit',
  },
  'estimated-size': {
    type: 'bytes',
    group: 'Service',
    placeholder: 'SIZE',
    describe: 'How large the databases are, to choose a machine by: 120GB; see estimate',
  },
  local: { type: 'boolean', group: 'Service', describe: 'Do the work on this machine' },
  remote: {
    type: 'boolean',
    group: 'Service',
    describe: 'Let the service do the work',
    defaultDescription: 'on',
    negates: 'local',
  },
  'remote-api': {
    type: 'string',
    group: 'Service',
    placeholder: 'URL',
    describe: 'URL of the service',
    defaultDescription: DEFAULT_REMOTE_API,
  },
  'api-key': {
    type: 'string',
    group: 'Service',
    placeholder: 'KEY',
    describe: 'Key for the service; better given as SEREN_REMOTE_API_KEY',
    variable: 'SEREN_REMOTE_API_KEY',
  },
  status: {
    type: 'string',
    group: 'Jobs',
    placeholder: 'STATE',
    describe: 'Only jobs in this state: provisioning, running, completed, failed or cancelled',
    choices: ['provisioning', 'running', 'completed', 'failed', 'cancelled'],
  },
  limit: {
    type: 'number',
    group: 'Jobs',
    placeholder: 'N',
    describe: 'How many jobs to list at most',
    defaultDescription: String(DEFAULT_LIMIT),
  },
  follow: {
    type: 'boolean',
    group: 'Jobs',
    describe: 'Go on as the log grows, until the job has ended',
  },
  yes: { type: 'boolean', group: 'Output', describe: 'Answer yes to every question' },
  json: { type: 'boolean', group: 'Output', describe: 'Print the result as JSON' },
  progress: {
    type: 'boolean',
    group: 'Output',
    describe: 'With --json: print progress too, one JSON object a line',
  },
  quiet: { type: 'boolean', group: 'Output', describe: 'Show no progress' },
  'log-level': {
    type: 'string',
    group: 'Output',
    placeholder: 'LEVEL',
    describe: 'What to log on standard error: error, warn, info or debug',
    defaultDescription: 'warn',
    choices: ['error', 'warn', 'info', 'debug'],
  },
  'no-color': { type: 'boolean', group: 'Output', describe: 'Print without colours (also NO_COLOR)' },
  config: {
    type: 'string',
    group: 'Output',
    placeholder: 'FILE',
    describe: 'Configuration file (TOML) that holds options by their names',
    defaultDescription: '~/.config/seren-replicator/config.toml',
  },
} as const satisfies Record<string, OptionDefinition>;

export type OptionName = keyof typeof optionDefinitions;

export const optionNames = Object.keys(optionDefinitions) as OptionName[];
