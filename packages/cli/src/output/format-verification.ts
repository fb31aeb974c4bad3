import type { SchemaDifference, TableComparison, Verification } from '@seren-replicator/job-models';
import { formatEvidence } from './format-evidence.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';
import { formatTable, type Cell } from './format-table.ts';
import type { Colors } from './output.ts';

/** What differs is listed first and further than what is equal, since people look for it. */
const MAX_DIFFERENCES = 200;
const MAX_EQUAL_TABLES = 50;

export function formatVerification(colors: Colors, verification: Verification): string {
  const { tables, sequences, large_objects: largeObjects = [], schema = [], omitted = 0 } = verification;
  const nameOf = namesAmong(verification);
  const sections = [
    formatVerdict(colors, verification),
    formatTables(colors, [...tables, ...largeObjects], nameOf),
    formatEvidence(colors, tables, nameOf),
    formatSequences(colors, sequences, nameOf),
    formatSchema(colors, schema, nameOf),
    omitted > 0 ? `${formatCount(omitted)} more left out of the job's record` : '',
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function formatVerdict(colors: Colors, verification: Verification): string {
  const { tables, sequences, large_objects: largeObjects = [], schema, read, seconds } = verification;
  const objects = largeObjects.reduce((sum, { source_rows: count }) => sum + (count ?? 0), 0);
  const parts = [
    formatCountOf(tables.length, 'table'),
    formatCountOf(sequences.length, 'sequence'),
    ...(largeObjects.length > 0 ? [formatCountOf(objects, 'large object')] : []),
    ...(schema === undefined ? [] : ['the schema']),
  ];
  const compared = `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''} compared`;
  const differing =
    [...tables, ...sequences, ...largeObjects].filter(({ equal }) => !equal).length + (schema?.length ?? 0);
  const verdict =
    differing === 0
      ? colors.green(`${compared}: all equal`)
      : colors.red(`${compared}: ${formatCount(differing)} differ`);
  const effort =
    read === undefined
      ? ''
      : `; read ${formatBytes(read.source.bytes)} of the source, ${formatBytes(read.target.bytes)} of the target`;
  return `${verdict} (${formatSeconds(seconds)}${effort})`;
}

/** Shows a name; the database is part of it only where there are several. */
export type NameOf = (database: string, name: string, separator?: string) => string;

function namesAmong({
  tables,
  sequences,
  large_objects: largeObjects = [],
  schema = [],
}: Verification): NameOf {
  const databases = new Set(
    [...tables, ...sequences, ...largeObjects, ...schema].map(({ database }) => database),
  );
  return (database, name, separator = '.') => (databases.size > 1 ? `${database}${separator}${name}` : name);
}

function formatTables(colors: Colors, tables: readonly TableComparison[], nameOf: NameOf): string {
  if (tables.length === 0) return '';
  const equal = tables.filter((table) => table.equal);
  const differing = tables.filter((table) => !table.equal);
  const shown = [...differing.slice(0, MAX_DIFFERENCES), ...equal.slice(0, MAX_EQUAL_TABLES)];
  const table = formatTable({
    colors,
    head: ['table', 'source rows', 'target rows', ''],
    rightAligned: [1, 2],
    rows: shown.map((row) => [
      nameOf(row.database, row.table),
      formatRows(row.source_rows),
      formatRows(row.target_rows),
      formatEquality(colors, row),
    ]),
  });
  return [
    table,
    ...moreThan(MAX_DIFFERENCES, differing, 'that differ'),
    ...moreThan(MAX_EQUAL_TABLES, equal, 'that are equal'),
  ].join('\n');
}

/** Sequences that are equal are counted above; nobody reads a list of them. */
function formatSequences(colors: Colors, sequences: readonly TableComparison[], nameOf: NameOf): string {
  const differing = sequences.filter(({ equal }) => !equal);
  if (differing.length === 0) return '';
  const rows = differing
    .slice(0, MAX_DIFFERENCES)
    .map((row) => [nameOf(row.database, row.table), formatEquality(colors, row)]);
  const table = formatTable({ colors, head: ['sequence', ''], rows });
  return [table, ...moreThan(MAX_DIFFERENCES, differing, 'that differ')].join('\n');
}

function formatSchema(colors: Colors, schema: readonly SchemaDifference[], nameOf: NameOf): string {
  if (schema.length === 0) return '';
  const rows = schema
    .slice(0, MAX_DIFFERENCES)
    .map(({ database, object, difference }) => [
      nameOf(database, object, ': '),
      { text: difference, paint: colors.red },
    ]);
  const table = formatTable({ colors, head: ['object', ''], rows });
  return [table, ...moreThan(MAX_DIFFERENCES, schema, 'that differ')].join('\n');
}

function moreThan(limit: number, all: readonly unknown[], which: string): string[] {
  const hidden = all.length - limit;
  return hidden > 0 ? [`and ${formatCount(hidden)} more ${which}`] : [];
}

function formatRows(rows: number | null): string {
  return rows === null ? '-' : formatCount(rows);
}

function formatEquality(colors: Colors, { equal, difference }: TableComparison): Cell {
  return equal
    ? { text: 'equal', paint: colors.green }
    : { text: difference ?? 'differs', paint: colors.red };
}
