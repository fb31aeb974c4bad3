import { ReplicatorError, type JobSpecificationInput } from '@seren-replicator/job-models';
import type { Settings } from '../options/settings.ts';
import { dropUndefined } from '../run-job/drop-undefined.ts';
import { readTableFilter, readTimeFilter } from './read-row-filters.ts';

export type WrittenFilter = Exclude<JobSpecificationInput['filter'], undefined>;

/**
 * What the user said about databases, tables and rows, and no more.
 *
 * @throws ReplicatorError `invalid_request` for a filter that cannot be read
 */
export function buildFilter(settings: Settings, now: Date): WrittenFilter {
  if (settings['all-databases'] === true && settings['include-databases'] !== undefined) {
    throw new ReplicatorError(
      'invalid_request',
      '--all-databases and --include-databases exclude each other; --exclude-databases leaves some of all out.',
    );
  }
  const tableFilters = [
    ...(settings['table-filter'] ?? []).map(readTableFilter),
    ...(settings['time-filter'] ?? []).map((text) => readTimeFilter(text, now)),
  ];
  return dropUndefined({
    all_databases: settings['all-databases'],
    include_databases: settings['include-databases'],
    exclude_databases: settings['exclude-databases'],
    include_tables: settings['include-tables'],
    exclude_tables: settings['exclude-tables'],
    schema_only_tables: settings['schema-only-tables'],
    table_filters: tableFilters.length === 0 ? undefined : tableFilters,
  });
}
