import { rowsOf, type Table } from '../catalog/list-tables.ts';
import { identifierList, qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import { relayRows } from './relay-rows.ts';

export interface CopyTableInput {
  table: Table;
  /** In a transaction that has joined the snapshot. */
  source: Session;
  /** Idle. */
  target: Session;
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
}

/**
 * Copies all rows of one table in one transaction of the target, which begins by emptying it: a repeated call never
 * doubles rows, and rows that are loaded where they were truncated can be stored frozen, so that the target need
 * not rewrite them for the next vacuum. The whole transaction is one message: one round trip however small the table.
 *
 * @returns rows copied
 * @see https://www.postgresql.org/docs/current/sql-copy.html (FREEZE)
 */
export async function copyTable(input: CopyTableInput): Promise<number> {
  const { table, source, target, onBytes, signal } = input;
  const name = qualifiedName(table.schema, table.name);
  // Without a list, COPY takes all columns: right for the tables that have none to name.
  const columns = table.copyColumns.length === 0 ? '' : ` (${identifierList(table.copyColumns)})`;
  return relayRows({
    source,
    target,
    copyToSql: copyToSql(table),
    copyFromSql: `BEGIN; TRUNCATE ONLY ${name}; COPY ${name}${columns} FROM STDIN (FREEZE); COMMIT`,
    label: table.label,
    onBytes,
    signal,
  });
}

/** A query instead of a table's name only where rows are chosen: it costs the source more. */
function copyToSql(table: Table): string {
  const columns = identifierList(table.copyColumns);
  if (table.predicate !== null) return `COPY (SELECT ${columns} FROM ${rowsOf(table)}) TO STDOUT`;
  const list = table.copyColumns.length === 0 ? '' : ` (${columns})`;
  return `COPY ${qualifiedName(table.schema, table.name)}${list} TO STDOUT`;
}
