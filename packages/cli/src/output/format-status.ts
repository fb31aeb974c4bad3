import type { DatabaseStatus, StatusResult, SyncSlot, SyncState } from '@seren-replicator/job-models';
import { escapeControlCharacters } from './escape-control-characters.ts';
import { formatBytes, formatCount, formatCountOf, formatSeconds } from './format-quantities.ts';
import { formatTable, type Cell } from './format-table.ts';
import type { Colors } from './output.ts';

/** Enough to see what it is about; `--json` has all that was found. */
const MAX_LINES = 50;

/** How things stand: a line for each database, then whatever needs somebody to act, each with what to do. */
export function formatStatus(colors: Colors, result: StatusResult): string {
  const { databases } = result;
  const prefixOf = ({ database }: DatabaseStatus): string => (databases.length > 1 ? `${database}: ` : '');
  const findings = databases.flatMap((each) => listFindings(each, prefixOf(each)));
  const sections = [
    databases.length === 0 ? 'Nothing follows its source here' : formatDatabases(colors, databases),
    formatNotes(databases.flatMap((each) => listNotes(each).map((note) => `${prefixOf(each)}${note}`))),
    formatFindings(colors, [...findings, ...listAbandonedSlots(result)]),
    omittedOf(result) > 0 ? `${formatCount(omittedOf(result))} more left out of the job's record` : '',
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function formatDatabases(colors: Colors, databases: readonly DatabaseStatus[]): string {
  const table = formatTable({
    colors,
    head: ['database', 'state', 'by', 'behind', 'lag', 'rate', 'the source keeps'],
    rightAligned: [3, 4, 5],
    rows: databases
      .slice(0, MAX_LINES)
      .map((status) => [
        status.database,
        formatState(colors, status.state),
        status.method,
        status.lag_seconds === null ? '-' : formatSeconds(status.lag_seconds),
        status.lag_bytes === null ? '-' : formatBytes(status.lag_bytes),
        status.rate_bytes_per_second === null ? '-' : `${formatBytes(status.rate_bytes_per_second)}/s`,
        formatSlot(colors, status.slot),
      ]),
  });
  return withRest(table.split('\n'), databases.length).join('\n');
}

function formatState(colors: Colors, state: SyncState): Cell {
  const paint = {
    copying: colors.yellow,
    following: colors.green,
    waiting: colors.yellow,
    broken: colors.red,
  }[state];
  return { text: state, paint };
}

function formatSlot(colors: Colors, slot: SyncSlot | null): Cell {
  if (slot === null) return { text: 'no slot', paint: colors.red };
  const { retained_bytes: retained, left_bytes: left, wal_status: state } = slot;
  const most = left === null ? '' : ` of at most ${formatBytes(retained + left)}`;
  const text = `${formatBytes(retained)}${most}${state === 'reserved' ? '' : ` (${state})`}`;
  if (state === 'lost') return { text, paint: colors.red };
  return state === 'unreserved' ? { text, paint: colors.yellow } : text;
}

/** What is as it should be until a cutover, in counts. */
function listNotes({ tables, sequences }: DatabaseStatus): string[] {
  const states = [...new Set(tables.map(({ state }) => state))];
  const countOf = (wanted: string): number => tables.filter(({ state }) => state === wanted).length;
  const counts = states.map((state) => `${formatCount(countOf(state))} ${state}`);
  const behind = sequences.filter(({ distance }) => distance !== '0').length;
  return [
    ...(counts.length > 0 ? [`${formatCountOf(tables.length, 'table')}: ${counts.join(', ')}`] : []),
    ...(behind > 0 ? [`${formatCountOf(behind, 'sequence')} behind, which cutover sets`] : []),
  ];
}

function formatNotes(notes: readonly string[]): string {
  return withRest(notes.slice(0, MAX_LINES).map(escapeControlCharacters), notes.length).join('\n');
}

interface Finding {
  kind: 'act' | 'conflict' | 'changed' | 'abandoned';
  message: string;
  fix: string;
}

function listFindings({ attention, conflicts, drift }: DatabaseStatus, prefix: string): Finding[] {
  return [
    ...conflicts.map(({ table, key, message, fix }) => ({
      kind: 'conflict' as const,
      message: `${prefix}${table}${key === '' ? '' : `, ${key}`}: ${message}`,
      fix,
    })),
    ...attention.map(({ message, fix }) => ({ kind: 'act' as const, message: `${prefix}${message}`, fix })),
    ...drift.map(({ object, difference, fix }) => ({
      kind: 'changed' as const,
      message: `${prefix}${object}: ${difference}`,
      fix,
    })),
  ];
}

function listAbandonedSlots({ abandoned_slots: slots }: StatusResult): Finding[] {
  return slots.map(({ name, retained_bytes, fix }) => ({
    kind: 'abandoned',
    message: `slot ${name} keeps ${formatBytes(retained_bytes)} of the source's log for nobody`,
    fix,
  }));
}

function formatFindings(colors: Colors, findings: readonly Finding[]): string {
  const paints = { act: colors.red, conflict: colors.red, changed: colors.yellow, abandoned: colors.yellow };
  const width = Math.max(0, ...findings.map(({ kind }) => kind.length));
  const lines = findings
    .slice(0, MAX_LINES)
    .flatMap(({ kind, message, fix }) => [
      `${paints[kind](kind.padEnd(width))}  ${escapeControlCharacters(message)}`,
      ...fix
        .split('\n')
        .map(
          (line, index) =>
            `      ${index === 0 ? colors.bold('fix:') : '    '} ${escapeControlCharacters(line)}`,
        ),
    ]);
  return withRest(lines, findings.length).join('\n');
}

function withRest(lines: readonly string[], count: number): string[] {
  return count > MAX_LINES ? [...lines, `and ${formatCount(count - MAX_LINES)} more`] : [...lines];
}

function omittedOf({ databases, omitted = 0 }: StatusResult): number {
  return databases.reduce((sum, each) => sum + (each.omitted ?? 0), omitted);
}
