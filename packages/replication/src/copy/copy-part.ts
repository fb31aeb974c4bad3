import type { Table } from '../catalog/list-tables.ts';
import { identifierList, qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import type { Tuning } from '../tuning.ts';
import { relayRows } from './relay-rows.ts';
import { rowsOfPart, type TablePart } from './split-table.ts';

export interface CopyPartInput {
  part: TablePart;
  /** SQL that goes into the transaction of the rows: what says that they are there. */
  mark: string;
  tuning: Tuning;
  /** In a transaction that has joined the snapshot. */
  source: Session;
  /** Idle. */
  target: Session;
  onBytes: (bytes: number) => void;
  signal: AbortSignal;
}

/**
 * Copies all rows of a table, or of one part of it, in one transaction of the target. The whole transaction is one
 * message: one round trip however small the table.
 *
 * @returns rows copied
 */
export async function copyPart(input: CopyPartInput): Promise<number> {
  const { part, mark, tuning, ...relay } = input;
  const relayInput = {
    ...relay,
    copyToSql: copyToSql(part),
    copyFromSql: copyFromSql(part, mark, tuning),
    label: part.table.label,
  };
  return relayRows(relayInput, tuning.relay);
}

/** A query instead of a table's name only where rows are chosen: it costs the source more. */
function copyToSql({ table, range }: TablePart): string {
  if (table.predicate !== null || range !== null) {
    return `COPY (SELECT ${identifierList(table.copyColumns)} FROM ${rowsOfPart({ table, range })}) TO STDOUT`;
  }
  return `COPY ${qualifiedName(table.schema, table.name)}${columnList(table)} TO STDOUT`;
}

/**
 * A table copied whole is emptied in the same transaction: rows that are loaded where they were truncated can be
 * stored frozen, so that the target need not rewrite them for its next vacuum.
 *
 * https://www.postgresql.org/docs/current/sql-copy.html (FREEZE)
 */
function copyFromSql({ table, range }: TablePart, mark: string, { freeze }: Tuning): string {
  const name = qualifiedName(table.schema, table.name);
  const copy = `COPY ${name}${columnList(table)} FROM STDIN`;
  const load = range === null ? `TRUNCATE ONLY ${name}; ${copy}${freeze ? ' (FREEZE)' : ''}` : copy;
  return `BEGIN; ${load}; ${mark} COMMIT`;
}

/** Without a list, COPY takes all columns: right for the tables that have none to name. */
function columnList({ copyColumns }: Table): string {
  return copyColumns.length === 0 ? '' : ` (${identifierList(copyColumns)})`;
}
