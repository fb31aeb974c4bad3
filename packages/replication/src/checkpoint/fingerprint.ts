import type { JobSpecification } from '@seren-replicator/job-models';
import type { ServerFacts } from '../catalog/read-server-facts.ts';
import type { Facts } from '../validate/gather-facts.ts';

/** What a run must have in common with the one it resumes: by name, what it is, as text. */
export type Fingerprint = Record<string, string>;

/** Everything that decides what ends up on the target. How fast it gets there does not matter. */
export function fingerprintOf(
  facts: Facts,
  sourceDatabase: string,
  specification: Pick<JobSpecification, 'filter' | 'options'>,
): Fingerprint {
  const { filter, options } = specification;
  return {
    ...describeSource(facts.source.server, sourceDatabase),
    ...describeFilter(filter),
    '--no-owner': String(options.no_owner),
    '--no-acl': String(options.no_acl),
  };
}

/** The part that says which tables and rows are copied. */
export function describeFilter(filter: JobSpecification['filter']): Fingerprint {
  const { include_tables, exclude_tables, schema_only_tables, table_filters } = filter;
  return {
    'included tables': JSON.stringify([...include_tables].sort()),
    'excluded tables': JSON.stringify([...exclude_tables].sort()),
    'schema-only tables': JSON.stringify([...schema_only_tables].sort()),
    'row filters': JSON.stringify(table_filters.map(({ table, where }) => [table, where]).sort()),
  };
}

/** The part that says which database it is that is copied. */
export function describeSource(
  { systemIdentifier, databaseOid }: Pick<ServerFacts, 'systemIdentifier' | 'databaseOid'>,
  database: string,
): Fingerprint {
  return {
    'source server': systemIdentifier ?? 'unknown',
    'source database': `${database} (oid ${databaseOid})`,
  };
}

/** The names of what differs, in words: `excluded tables: ["a"], then ["b"]`. */
export function describeDifferences(earlier: Fingerprint, now: Fingerprint): string[] {
  return Object.keys({ ...earlier, ...now })
    .filter((name) => earlier[name] !== now[name])
    .map((name) => `${name}: ${earlier[name] ?? 'nothing'} before, ${now[name] ?? 'nothing'} now`);
}
