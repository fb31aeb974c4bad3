import Table from 'cli-table3';
import type { Colors } from './output.ts';
import { escapeControlCharacters } from './escape-control-characters.ts';

export interface TableInput {
  colors: Colors;
  head: readonly string[];
  /** Columns of figures, by index. */
  rightAligned?: readonly number[];
  rows: readonly (readonly Cell[])[];
}

/** Text is made harmless before it is painted, or a name could bring its own colours. */
export type Cell = string | { text: string; paint: (text: string) => string };

const noLines = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((part) => [part, '']),
);

/** Columns without lines around them: readable, and easy for `grep` and `awk`. */
export function formatTable({ colors, head, rightAligned = [], rows }: TableInput): string {
  const table = new Table({
    head: head.map((title) => colors.bold(title)),
    colAligns: head.map((_, index) => (rightAligned.includes(index) ? 'right' : 'left')),
    chars: { ...noLines, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  });
  table.push(...rows.map((row) => row.map(formatCell)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function formatCell(cell: Cell): string {
  if (typeof cell === 'string') return escapeControlCharacters(cell);
  return cell.paint(escapeControlCharacters(cell.text));
}
