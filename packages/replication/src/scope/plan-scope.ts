import type { JobFilter } from '@seren-replicator/job-models';
import { listNamedTables } from '../catalog/list-named-tables.ts';
import type { Servers } from '../session/server.ts';
import { checkPredicates } from './check-predicates.ts';
import { checkRowFilters } from './check-row-filters.ts';
import { chooseDatabases } from './choose-databases.ts';
import { resolveRules, type DatabaseTables, type TableRules } from './resolve-rules.ts';

/** One database of a run. */
export interface DatabaseScope {
  /** Both servers, seen from the database on each. */
  servers: Servers;
  rules: TableRules;
}

/**
 * Which databases, tables and rows a run is about.
 *
 * @throws ReplicatorError `invalid_request` for a filter that matches nothing, means two things, cannot be evaluated or breaks a key
 */
export async function planScope(servers: Servers, filter: JobFilter): Promise<DatabaseScope[]> {
  const databases = await chooseDatabases(servers, filter);
  const tables: DatabaseTables[] = [];
  for (const { source } of databases) {
    tables.push({
      database: source.database,
      // Without a filter there is nothing to be found among them.
      tables: namesTables(filter) ? await source.withSession(listNamedTables) : [],
    });
  }
  const rules = resolveRules(tables, filter);
  const scopes: DatabaseScope[] = [];
  for (const [index, pair] of databases.entries()) {
    const rulesHere = rules[index];
    if (rulesHere === undefined) continue;
    if (rulesHere.predicates.size + rulesHere.schemaOnly.size > 0) {
      await pair.source.withSession(async (session) => {
        await checkPredicates(session, rulesHere, tables[index]?.tables ?? []);
        await checkRowFilters(session, rulesHere);
      });
    }
    scopes.push({ servers: pair, rules: rulesHere });
  }
  return scopes;
}

function namesTables({
  include_tables,
  exclude_tables,
  schema_only_tables,
  table_filters,
}: JobFilter): boolean {
  return [include_tables, exclude_tables, schema_only_tables, table_filters].some(({ length }) => length > 0);
}
