import { ReplicatorError } from '@seren-replicator/job-models';
import { listTables, type Table } from '../catalog/list-tables.ts';
import type { Session } from '../session/session.ts';
import { isInScope, type TableRules } from './resolve-rules.ts';

/** The tables whose rows a run copies or compares, each with the rows that are wanted of it. */
export async function listTablesInScope(session: Session, rules: TableRules): Promise<Table[]> {
  const tables = await listTables(session);
  for (const table of tables) refuseDividedTree(table, rules);
  return tables
    .filter(({ oid }) => isInScope(rules, oid) && !rules.schemaOnly.has(oid))
    .map((table) => ({ ...table, predicate: rules.predicates.get(table.oid) ?? null }));
}

/** The target may put any row into any partition: a filter must mean all of them. */
function refuseDividedTree({ oid, label, partitionOids }: Table, rules: TableRules): void {
  const meaningOf = (table: number) =>
    JSON.stringify([isInScope(rules, table), rules.schemaOnly.has(table), rules.predicates.get(table)]);
  if (partitionOids.every((partition) => meaningOf(partition) === meaningOf(oid))) return;
  throw new ReplicatorError(
    'invalid_request',
    `Each server spreads the rows of ${label} over its partitions in a way of its own, by hashes; name ${label} in the filter in place of its partitions.`,
  );
}
