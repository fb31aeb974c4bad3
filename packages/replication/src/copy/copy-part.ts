import pg from 'pg';
import { isSpread, type Table } from '../catalog/list-tables.ts';
import { identifierList, qualifiedName } from '../catalog/quote.ts';
import type { Session } from '../session/session.ts';
import type { Tuning } from '../tuning.ts';
import type { RowFormat } from './choose-row-format.ts';
import type { RateLimit } from './rate-limit.ts';
import { relayRows } from './relay-rows.ts';
import { rowsOfPart, type TablePart } from './split-table.ts';

export interface CopyPartInput {
  part: TablePart;
  /** SQL that goes into the transaction of the rows: what says that they are there. */
  mark: string;
  rowFormat: RowFormat;
  tuning: Tuning;
  /** In a transaction that has joined the snapshot. */
  source: Session;
  /** Idle. */
  target: Session;
  onBytes: (bytes: number) => void;
  rate: RateLimit;
  signal: AbortSignal;
}

/**
 * Copies all rows of a table, or of one part of it, in one transaction of the target. The whole transaction is one
 * message: one round trip however small the table.
 *
 * @returns rows copied
 */
export async function copyPart(input: CopyPartInput): Promise<number> {
  const { part, mark, rowFormat, tuning, ...relay } = input;
  const options = copyOptions(part.table, rowFormat);
  const relayInput = {
    ...relay,
    copyToSql: copyToSql(part, options),
    copyFromSql: copyFromSql(part.table, options, mark),
    label: part.table.label,
  };
  return relayRows(relayInput, tuning.relay);
}

/** A query instead of a table's name only where rows are chosen: it costs the source more. */
function copyToSql({ table, range }: TablePart, options: string): string {
  const rows =
    table.predicate === null && range === null && !isSpread(table)
      ? `${qualifiedName(table.schema, table.name)}${columnList(table)}`
      : `(SELECT ${identifierList(table.copyColumns)} FROM ${rowsOfPart({ table, range })})`;
  return `COPY ${rows} TO STDOUT (${options})`;
}

/** Those that both sides must agree on. */
function copyOptions({ betterInBinary }: Table, { encoding, binaryTables }: RowFormat): string {
  const format = binaryTables.has(betterInBinary) ? 'binary' : 'text';
  return `FORMAT ${format}, ENCODING ${pg.escapeLiteral(encoding)}`;
}

/** @param mark SQL that goes into the rows' transaction */
function copyFromSql(table: Table, options: string, mark: string): string {
  const name = `${qualifiedName(table.schema, table.name)}${columnList(table)}`;
  return `BEGIN; COPY ${name} FROM STDIN (${options}); ${mark} COMMIT`;
}

/** Without a list, COPY takes all columns: right for the tables that have none to name. */
function columnList({ copyColumns }: Table): string {
  return copyColumns.length === 0 ? '' : ` (${identifierList(copyColumns)})`;
}
