import { listTables, type Table } from '../catalog/list-tables.ts';
import type { Session } from '../session/session.ts';
import { isInScope, type TableRules } from './resolve-rules.ts';

/** The tables whose rows a run copies or compares, each with the rows that are wanted of it. */
export async function listTablesInScope(session: Session, rules: TableRules): Promise<Table[]> {
  const tables = await listTables(session);
  return tables
    .filter(({ oid }) => isInScope(rules, oid) && !rules.schemaOnly.has(oid))
    .map((table) => ({ ...table, predicate: rules.predicates.get(table.oid) ?? null }));
}
