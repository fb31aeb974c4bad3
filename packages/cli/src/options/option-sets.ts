/** Which options commands have in common. `--help` lists those of a group in this order. */
import type { OptionName } from './option-definitions.ts';

/** Of every command. */
export const outputOptions: readonly OptionName[] = ['json', 'quiet', 'log-level', 'no-color', 'config'];

/** Of every command that speaks to the service. */
export const serviceOptions: readonly OptionName[] = ['remote-api', 'api-key'];

/** Which databases a command is about. */
const databaseScopeOptions: readonly OptionName[] = [
  'all-databases',
  'include-databases',
  'exclude-databases',
];

/** Which databases, tables and rows a command is about. */
export const scopeOptions: readonly OptionName[] = [
  ...databaseScopeOptions,
  'include-tables',
  'exclude-tables',
  'schema-only-tables',
  'table-filter',
  'time-filter',
];

/** Of every command that works on databases; `own` are those of one command. */
export function databaseOptions(own: readonly OptionName[] = []): readonly OptionName[] {
  return connected(scopeOptions, own);
}

/** Of every command that works on databases as a whole: which of their tables are meant was said to `init`. */
export function wholeDatabaseOptions(own: readonly OptionName[]): readonly OptionName[] {
  return connected(databaseScopeOptions, own);
}

function connected(scope: readonly OptionName[], own: readonly OptionName[]): readonly OptionName[] {
  return [
    'source',
    'target',
    ...scope,
    ...own,
    'local',
    'remote',
    ...serviceOptions,
    'yes',
    ...outputOptions,
  ];
}
