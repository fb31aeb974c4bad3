import { ReplicatorError, type JobFilter } from '@seren-replicator/job-models';
import type { Fingerprint } from '../checkpoint/fingerprint.ts';
import { resolveRules, type DatabaseTables, type TableRules } from '../scope/resolve-rules.ts';

type Patterns = Pick<JobFilter, 'include_tables' | 'exclude_tables' | 'schema_only_tables'>;

/**
 * The filters that a copy was made with, held against the tables of now. A pattern that matches nothing any more is
 * passed over: its tables were dropped.
 */
export function rulesOfCopy(fingerprint: Fingerprint, database: DatabaseTables): TableRules {
  const matching = (name: keyof Fingerprint, key: keyof Patterns): string[] =>
    listOf<string>(fingerprint, name).filter((pattern) => matches({ ...NONE, [key]: [pattern] }, database));
  const included = matching('included tables', 'include_tables');
  const rowFilters = listOf<[string, string]>(fingerprint, 'row filters');
  const [rules] = resolveRules([database], {
    include_tables: included,
    exclude_tables: matching('excluded tables', 'exclude_tables'),
    schema_only_tables: matching('schema-only tables', 'schema_only_tables'),
    table_filters: rowFilters
      .map(([table, where]) => ({ table, where }))
      .filter((rowFilter) => matches({ ...NONE, table_filters: [rowFilter] }, database)),
  });
  const nothingIsLeft = included.length === 0 && listOf<string>(fingerprint, 'included tables').length > 0;
  if (rules === undefined || nothingIsLeft) {
    return { excluded: new Set(), known: new Set(), schemaOnly: new Set(), predicates: new Map() };
  }
  return rules;
}

const NONE = { include_tables: [], exclude_tables: [], schema_only_tables: [], table_filters: [] };

/** A record without filters, that of a way back, takes everything in. */
function listOf<Item>(fingerprint: Fingerprint, name: keyof Fingerprint): Item[] {
  return JSON.parse(fingerprint[name] ?? '[]') as Item[];
}

function matches(filter: Parameters<typeof resolveRules>[1], database: DatabaseTables): boolean {
  try {
    resolveRules([database], filter);
    return true;
  } catch (error) {
    if (error instanceof ReplicatorError && error.code === 'invalid_request') return false;
    throw error;
  }
}
