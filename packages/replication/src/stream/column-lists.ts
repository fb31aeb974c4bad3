/** Columns and their parameters as SQL. */
import pg from 'pg';
import type { TargetColumn } from './target-table.ts';

export function quoted({ name }: TargetColumn): string {
  return pg.escapeIdentifier(name);
}

/** With a cast: the operator may be that of another type, to whose values a parameter would be read. */
export function equalities(columns: readonly TargetColumn[], first: number): string {
  return columns
    .map((column, index) => `${quoted(column)} ${column.equality ?? '='} $${first + index}::${column.type}`)
    .join(' AND ');
}

export function valuesList(rows: number, columns: number): string {
  const row = (first: number) =>
    `(${Array.from({ length: columns }, (_, index) => `$${first + index}`).join(', ')})`;
  return Array.from({ length: rows }, (_, index) => row(index * columns + 1)).join(', ');
}

/** Rows of parameters as a table `v (c0, c1, …)`. */
export function valuesTable(rows: number, columns: readonly TargetColumn[]): string {
  const types = columns.map((column, index) => `$${index + 1}::${column.type}`).join(', ');
  const rest = rows > 1 ? `, ${shiftedValuesList(rows - 1, columns.length)}` : '';
  const names = columns.map((_, index) => `c${index}`).join(', ');
  return `(VALUES (${types})${rest}) AS v (${names})`;
}

function shiftedValuesList(rows: number, columns: number): string {
  return Array.from(
    { length: rows },
    (_, row) =>
      `(${Array.from({ length: columns }, (_, index) => `$${(row + 1) * columns + index + 1}`).join(', ')})`,
  ).join(', ');
}

export function joins(columns: readonly TargetColumn[], first: number): string {
  return columns
    .map((column, index) => `t.${quoted(column)} ${column.equality ?? '='} v.c${first + index}`)
    .join(' AND ');
}
