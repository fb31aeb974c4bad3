import type { TableComparison, Verification } from '@seren-replicator/job-models';
import { formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';
import { formatTable, type Cell } from './format-table.ts';
import type { Colors } from './output.ts';

/** All that differs is listed; of what is equal only so many, since people look for the former. */
const MAX_EQUAL_TABLES = 50;

export function formatVerification({ colors, verification }: VerificationInput): string {
  const { tables, sequences, seconds, omitted = 0 } = verification;
  const differing = [...tables, ...sequences].filter(({ equal }) => !equal);
  const compared = `${formatCountOf(tables.length, 'table')} and ${formatCountOf(sequences.length, 'sequence')}`;
  const verdict =
    differing.length === 0
      ? colors.green(`${compared} compared: all equal`)
      : colors.red(`${compared} compared: ${formatCount(differing.length)} differ`);
  const lines = [`${verdict} (${formatSeconds(seconds)})`];
  const sections = [formatTables(colors, tables), formatSequences(colors, sequences)];
  for (const section of sections) if (section !== '') lines.push('', section);
  if (omitted > 0) lines.push('', `${formatCount(omitted)} more left out of the job's record`);
  return lines.join('\n');
}

export interface VerificationInput {
  colors: Colors;
  verification: Verification;
}

function formatTables(colors: Colors, tables: readonly TableComparison[]): string {
  if (tables.length === 0) return '';
  const equal = tables.filter((table) => table.equal);
  const shown = [...tables.filter((table) => !table.equal), ...equal.slice(0, MAX_EQUAL_TABLES)];
  const nameOf = namesAmong(tables);
  const table = formatTable({
    colors,
    head: ['table', 'source rows', 'target rows', ''],
    rightAligned: [1, 2],
    rows: shown.map((row) => [
      nameOf(row),
      formatRows(row.source_rows),
      formatRows(row.target_rows),
      formatEquality(colors, row),
    ]),
  });
  const hidden = equal.length - MAX_EQUAL_TABLES;
  return hidden > 0 ? `${table}\nand ${formatCount(hidden)} more that are equal` : table;
}

/** Sequences that are equal are counted above; nobody reads a list of them. */
function formatSequences(colors: Colors, sequences: readonly TableComparison[]): string {
  const differing = sequences.filter(({ equal }) => !equal);
  if (differing.length === 0) return '';
  const nameOf = namesAmong(sequences);
  const rows = differing.map((row) => [nameOf(row), formatEquality(colors, row)]);
  return formatTable({ colors, head: ['sequence', ''], rows });
}

/** The database is named only where there are several. */
function namesAmong(all: readonly TableComparison[]): (one: TableComparison) => string {
  const hasSeveralDatabases = new Set(all.map(({ database }) => database)).size > 1;
  return ({ database, table }) => (hasSeveralDatabases ? `${database}.${table}` : table);
}

function formatRows(rows: number | null): string {
  return rows === null ? '-' : formatCount(rows);
}

function formatEquality(colors: Colors, { equal, difference }: TableComparison): Cell {
  return equal
    ? { text: 'equal', paint: colors.green }
    : { text: difference ?? 'differs', paint: colors.red };
}
