import type { ColumnDifference, RowDifference, TableComparison } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatCount } from './format-quantities.ts';
import type { NameOf } from './format-verification.ts';
import type { Colors } from './output.ts';

/** Enough to see what kind of difference it is; `--json` has all that was found. */
const MAX_TABLES = 10;
const MAX_ROWS = 10;

/** A few of the rows that differ, table by table: which they are, and what differs in them. */
export function formatEvidence(colors: Colors, tables: readonly TableComparison[], nameOf: NameOf): string {
  return tables
    .filter(({ evidence = [] }) => evidence.length > 0)
    .slice(0, MAX_TABLES)
    .map(({ database, table, evidence = [] }) => {
      const title = `rows of ${escapeControlCharacters(nameOf(database, table))} that differ, source → target`;
      return [colors.bold(title), ...evidence.slice(0, MAX_ROWS).map(formatRow)].join('\n');
    })
    .join('\n\n');
}

function formatRow({ kind, key, rows, columns }: RowDifference): string {
  const count = rows > 1 ? ` (${formatCount(rows)} rows)` : '';
  const details = columns.length === 0 ? kind : columns.map(formatColumn).join(', ');
  return `  ${escapeControlCharacters(`${key}${count}: ${details}`)}`;
}

function formatColumn({ name, source, target }: ColumnDifference): string {
  return `${name} ${formatValue(source)} → ${formatValue(target)}`;
}

function formatValue(value: string | null): string {
  return value === null ? 'NULL' : `'${value}'`;
}
